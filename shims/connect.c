/* Finding the daemon: once, and again after a lost connection, until SPILLWAY_CONNECT_TIMEOUT
 * seconds (default 10; 0: one try; -1: for ever) have passed without a frame from it. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
  DEFAULT_LIMIT_S = 10,
  SHORTEST_PAUSE_MS = 20,
  LONGEST_PAUSE_MS = 500,
  WORDS_EVERY_MS = 2000,
  SETTLED_MS = 1000, /* a connection that lasted so long starts the patience anew */
};

static const char DEFAULT_SOCKET[] = "/run/spillway/spillwayd.sock";

static int64_t now_ms(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) < 0) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms) {
  struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  while (nanosleep(&left, &left) < 0 && errno == EINTR) continue;
}

static int64_t limit_ms(void) {
  const char *text = getenv("SPILLWAY_CONNECT_TIMEOUT");
  if (text == NULL || *text == '\0') return DEFAULT_LIMIT_S * 1000;
  char *end;
  errno = 0;
  long seconds = strtol(text, &end, 10);
  if (errno != 0 || *end != '\0' || seconds > 1000000) return DEFAULT_LIMIT_S * 1000;
  return seconds < 0 ? -1 : seconds * 1000;
}

static struct sockaddr_un address(struct shim *s) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const char *path = getenv("SPILLWAY_SOCKET");
  if (path == NULL || *path == '\0') path = DEFAULT_SOCKET;
  size_t length = strlen(path);
  if (length >= sizeof to.sun_path) {
    fail(s, "the path of the socket (SPILLWAY_SOCKET) is longer than 107 bytes");
  }
  memcpy(to.sun_path, path, length);
  return to;
}

/* A connection, or -1. It takes no number below 3, since the caller may have closed its streams. */
static int dial(const struct sockaddr_un *to) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && fd < 3) {
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    fd = higher;
  }
  if (fd < 0) return -1;
  /* A full backlog makes connect wait; this bounds it. */
  struct timeval bound = {.tv_sec = 1}, none = {0};
  if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound) == 0 &&
      connect(fd, (const struct sockaddr *)to, sizeof *to) == 0 &&
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

/* After a failed try: the dialect's words when they are due, the end when the limit has passed. */
static void wait_or_give_up(struct shim *s, bool with_words) {
  struct retry *r = &s->retry;
  int64_t now = now_ms(), limit = limit_ms();
  if (with_words && (r->said_ms == 0 || now - r->said_ms >= WORDS_EVERY_MS)) {
    say_no_daemon(s, false);
    r->said_ms = now;
  }
  if (limit >= 0 && now - r->since_ms >= limit) {
    say_no_daemon(s, true);
    _exit(no_daemon_status(s));
  }
  r->pause_ms = r->pause_ms == 0 ? SHORTEST_PAUSE_MS : r->pause_ms * 2;
  if (r->pause_ms > LONGEST_PAUSE_MS) r->pause_ms = LONGEST_PAUSE_MS;
  pause_ms(r->pause_ms);
}

/* Connects and says Hello, or says that nobody is there and ends. A connection that ended soon
 * counts as a failed try, so that a command which kills every daemon it meets does not do so for
 * ever. */
void reach_daemon(struct shim *s) {
  struct sockaddr_un to = address(s);
  struct retry *r = &s->retry;
  if (s->hello.at == NULL) {
    make_hello(s);
    *r = (struct retry){.since_ms = now_ms()};
  } else if (s->heard && now_ms() - r->connected_ms >= SETTLED_MS) {
    *r = (struct retry){.since_ms = now_ms()};
  } else {
    wait_or_give_up(s, !s->heard);
  }
  s->heard = false;
  while ((s->sock = dial(&to)) < 0) wait_or_give_up(s, true);
  r->connected_ms = now_ms();
  send_bytes(s, s->hello.at, s->hello.used); /* refused half-way: the reason is read next */
}
