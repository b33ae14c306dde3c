/* Preloaded into a process to make its disk slower: every fsync and fdatasync takes SLOW_SYNC_US
 * microseconds longer. For benchmarks alone. */

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

typedef int (*sync_call)(int);

static void wait_a_little(void)
{
    const char *text = getenv("SLOW_SYNC_US");
    long us = text == NULL ? 0 : atol(text);
    struct timespec time = { us / 1000000, us % 1000000 * 1000 };
    nanosleep(&time, NULL);
}

int fsync(int fd)
{
    static sync_call real;
    if (real == NULL)
        real = (sync_call)dlsym(RTLD_NEXT, "fsync");
    wait_a_little();
    return real(fd);
}

int fdatasync(int fd)
{
    static sync_call real;
    if (real == NULL)
        real = (sync_call)dlsym(RTLD_NEXT, "fdatasync");
    wait_a_little();
    return real(fd);
}
