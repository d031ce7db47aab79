/* What the stand-ins of the trial do (wine.py); on a real Windows its own libraries do it. */
#include <stddef.h>

unsigned char __stdcall SystemFunction036(void *bytes, unsigned long size); /* RtlGenRandom */

void *nothing(void) { return NULL; }

int randomly(void *bytes, size_t size) { return SystemFunction036(bytes, (unsigned long)size); }

int DllMainCRTStartup(void *library, unsigned reason, void *reserved) { return 1; }
