/* Writes down what a process does to the files of one folder: writes, truncations, flushes,
 * removals, in order. Loaded before the C library (LD_PRELOAD); HAOCHI_WATCH names the folder,
 * HAOCHI_TRACE the file to write to. A record: kind, name, offset, length, bytes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char names[FILES][128];
static int trace = -1;
static const char *watched;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ssize_t (*real_write)(int, const void *, size_t);

static void begin(void) {
    if (trace >= 0) return;
    watched = getenv("HAOCHI_WATCH");
    const char *path = getenv("HAOCHI_TRACE");
    if (!watched || !path) return;
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    real_write = dlsym(RTLD_NEXT, "write");
    trace = real_open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

static void put(char kind, const char *name, int64_t offset, const void *bytes, uint32_t length) {
    unsigned char head[1 + 128 + 8 + 4] = {0};
    head[0] = (unsigned char)kind;
    snprintf((char *)head + 1, 128, "%s", name);
    memcpy(head + 129, &offset, 8);
    memcpy(head + 137, &length, 4);
    pthread_mutex_lock(&lock);
    if (real_write(trace, head, sizeof head) < 0 || (length && real_write(trace, bytes, length) < 0))
        abort();
    pthread_mutex_unlock(&lock);
}

static const char *inside(const char *path) {
    if (!watched) return NULL;
    size_t n = strlen(watched);
    if (strncmp(path, watched, n) || path[n] != '/') return NULL;
    return path + n + 1;
}

static void opened(int fd, const char *path) {
    begin();
    if (fd < 0 || fd >= FILES) return;
    names[fd][0] = 0;
    const char *name = trace >= 0 ? inside(path) : NULL;
    if (name && strlen(name) < 128 && !strstr(name, "-shm")) strcpy(names[fd], name);
}

static const char *name_of(int fd) {
    return trace >= 0 && fd >= 0 && fd < FILES && names[fd][0] ? names[fd] : NULL;
}

#define OPEN(function)                                                     \
    int function(const char *path, int flags, ...) {                       \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #function); \
        va_list more;                                                      \
        va_start(more, flags);                                             \
        int mode = (flags & O_CREAT) ? va_arg(more, int) : 0;              \
        va_end(more);                                                      \
        int fd = real(path, flags, mode);                                  \
        opened(fd, path);                                                  \
        return fd;                                                         \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < FILES) names[fd][0] = 0;
    return real(fd);
}

#define PWRITE(function, type)                                                             \
    ssize_t function(int fd, const void *bytes, size_t length, type offset) {              \
        ssize_t (*real)(int, const void *, size_t, type) = dlsym(RTLD_NEXT, #function);    \
        ssize_t done = real(fd, bytes, length, offset);                                    \
        const char *name = name_of(fd);                                                    \
        if (name && done > 0) put('w', name, (int64_t)offset, bytes, (uint32_t)done);      \
        return done;                                                                       \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    const char *name = name_of(fd);
    int64_t at = name ? (int64_t)lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = real(fd, bytes, length);
    if (name && done > 0) put('w', name, at, bytes, (uint32_t)done);
    return done;
}

#define TRUNCATE(function, type)                                  \
    int function(int fd, type size) {                             \
        int (*real)(int, type) = dlsym(RTLD_NEXT, #function);     \
        int done = real(fd, size);                                \
        const char *name = name_of(fd);                           \
        if (name && !done) put('t', name, (int64_t)size, NULL, 0); \
        return done;                                              \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(function)                                       \
    int function(int fd) {                                   \
        int (*real)(int) = dlsym(RTLD_NEXT, #function);      \
        int done = real(fd);                                 \
        const char *name = name_of(fd);                      \
        if (name && !done) put('s', name, 0, NULL, 0);       \
        return done;                                         \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    begin();
    int done = real(path);
    const char *name = trace >= 0 ? inside(path) : NULL;
    if (name && !done) put('u', name, 0, NULL, 0);
    return done;
}
