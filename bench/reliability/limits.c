/* A disk that is full after so many more bytes, or a stick that was pulled, for the files of one
 * folder. Loaded before the C library (LD_PRELOAD); HAOCHI_WATCH names the folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <unistd.h>

#define FILES 4096
static char inside[FILES];
static int64_t room = -1; /* bytes left; -1: as many as there are */
static int gone = 0;
static int pull = 0; /* when there is no room left, the stick is pulled */
static int64_t written = 0;

void haochi_room(int64_t bytes) { room = bytes; written = 0; gone = pull = 0; }
void haochi_pull(int64_t bytes) { room = bytes; pull = 1; gone = !bytes; }
int64_t haochi_written(void) { return written; }

static int watched(const char *path) {
    const char *folder = getenv("HAOCHI_WATCH");
    if (!folder) return 0;
    size_t n = strlen(folder);
    return !strncmp(path, folder, n) && (path[n] == '/' || !path[n]);
}

static int ours(int fd) { return fd >= 0 && fd < FILES && inside[fd]; }

static int refuse(int number) { errno = number; return -1; }

/* How many of these bytes may be written; -1 with errno for none. */
static ssize_t allowed(int fd, size_t length) {
    if (!ours(fd)) return (ssize_t)length;
    if (gone) return refuse(EIO);
    if (room == 0 && length && pull) gone = 1;
    if (room == 0 && length) return refuse(gone ? EIO : ENOSPC);
    return room > 0 && (int64_t)length > room ? (ssize_t)room : (ssize_t)length;
}

static ssize_t took(int fd, ssize_t done) {
    if (ours(fd) && done > 0) {
        written += done;
        if (room > 0) room -= done;
    }
    return done;
}

#define OPEN(function)                                                      \
    int function(const char *path, int flags, ...) {                        \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #function);  \
        va_list more;                                                       \
        va_start(more, flags);                                              \
        int mode = (flags & O_CREAT) ? va_arg(more, int) : 0;               \
        va_end(more);                                                       \
        int mine = watched(path);                                           \
        if (mine && pull && room == 0) gone = 1;                            \
        if (mine && gone) return refuse(ENOENT);                            \
        if (mine && room == 0 && (flags & O_CREAT) && access(path, F_OK))   \
            return refuse(ENOSPC);                                          \
        int fd = real(path, flags, mode);                                   \
        if (fd >= 0 && fd < FILES) inside[fd] = (char)mine;                 \
        return fd;                                                          \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < FILES) inside[fd] = 0;
    return real(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    ssize_t may = allowed(fd, length);
    return may < 0 ? -1 : took(fd, real(fd, bytes, (size_t)may));
}

#define PWRITE(function, type)                                                          \
    ssize_t function(int fd, const void *bytes, size_t length, type offset) {           \
        ssize_t (*real)(int, const void *, size_t, type) = dlsym(RTLD_NEXT, #function); \
        ssize_t may = allowed(fd, length);                                              \
        return may < 0 ? -1 : took(fd, real(fd, bytes, (size_t)may, offset));           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SENDFILE(function, type)                                                    \
    ssize_t function(int to, int from, type *offset, size_t length) {               \
        ssize_t (*real)(int, int, type *, size_t) = dlsym(RTLD_NEXT, #function);    \
        ssize_t may = allowed(to, length);                                          \
        return may < 0 ? -1 : took(to, real(to, from, offset, (size_t)may));        \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

#define PREAD(function, type)                                                     \
    ssize_t function(int fd, void *bytes, size_t length, type offset) {           \
        ssize_t (*real)(int, void *, size_t, type) = dlsym(RTLD_NEXT, #function); \
        return ours(fd) && gone ? refuse(EIO) : real(fd, bytes, length, offset);  \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

ssize_t read(int fd, void *bytes, size_t length) {
    ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
    return ours(fd) && gone ? refuse(EIO) : real(fd, bytes, length);
}

#define SYNC(function)                                       \
    int function(int fd) {                                   \
        int (*real)(int) = dlsym(RTLD_NEXT, #function);      \
        return ours(fd) && gone ? refuse(EIO) : real(fd);    \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(function, type)                                      \
    int function(int fd, type size) {                                 \
        int (*real)(int, type) = dlsym(RTLD_NEXT, #function);         \
        return ours(fd) && gone ? refuse(EIO) : real(fd, size);       \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    return gone && watched(path) ? refuse(ENOENT) : real(path);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    return gone && watched(to) ? refuse(ENOENT) : real(from, to);
}

#define STAT(function, kind)                                                     \
    int function(const char *path, struct kind *found) {                         \
        int (*real)(const char *, struct kind *) = dlsym(RTLD_NEXT, #function);  \
        return gone && watched(path) ? refuse(ENOENT) : real(path, found);       \
    }
struct stat;
struct stat64;
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)
