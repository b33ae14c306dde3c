/* time-command COUNT PROGRAM ARGUMENT…: runs the program COUNT times, one after the other, and prints
 * for each run when it began and when it had ended, in nanoseconds since the epoch. Small and
 * static, so that starting the program costs what it costs a shell. For benchmarks alone. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    if (argc < 3)
        return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    for (int left = atoi(argv[1]); left > 0; left--) {
        pid_t pid;
        int status = 0;
        long long began = now_ns();
        if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0)
            return 127;
        waitpid(pid, &status, 0);
        printf("%lld %lld\n", began, now_ns());
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            fprintf(stderr, "%s: status %d\n", argv[2], status);
            return 1;
        }
    }
    return 0;
}
