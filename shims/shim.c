/* The commands' client: one program under many names (shims/names). It sends what it was called
 * with to the daemon and does what the daemon says: print, give a file or standard input, end.
 * It never reads standard input unasked, never interprets an argument, and outlives the daemon:
 * a lost connection is made again and the command repeated under the same request id
 * (proto/shim.md, "A lost connection"). */
#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FOLLOW_EVERY_MS = 250 };

static void end_command(struct shim *s, const unsigned char *payload, size_t length) {
  if (length != 2 || payload[0] > 1) fail(s, "the daemon sent an exit that cannot be read");
  if (s->out.again < s->out.total || s->err.again < s->err.total) {
    fail(s, "the connection to the daemon was lost and its answer has changed meanwhile");
  }
  if (payload[0] == 1 && payload[1] > 0 && payload[1] < 64) die_by(s, payload[1]);
  release_terminal(s);
  _exit(payload[1]);
}

/* A path from the daemon, ended by a NUL in a buffer of the same size as the frame's. */
static const char *path_of(struct shim *s, const unsigned char *from, size_t length) {
  static char path[4096];
  if (length == 0 || length >= sizeof path || memchr(from, 0, length) != NULL) {
    fail(s, "the daemon sent a path that cannot be used");
  }
  memcpy(path, from, length);
  path[length] = '\0';
  return path;
}

static void need_input(struct shim *s, const unsigned char *payload, size_t length) {
  if (length != 4 || get32(payload) == 0 || s->credit > 0) {
    fail(s, "the daemon asked for standard input in a way that cannot be read");
  }
  s->credit = get32(payload);
}

static void need_file(struct shim *s, const unsigned char *payload, size_t length) {
  uint32_t cap = length > 4 ? get32(payload) : 0;
  if (cap == 0 || cap > FILE_CAP_MAX) {
    fail(s, "the daemon asked for a file in a way that cannot be read");
  }
  give_file(s, path_of(s, payload + 4, length - 4), cap);
}

static void need_print(struct shim *s, const unsigned char *payload, size_t length) {
  if (length < 2 || s->follow >= 0) {
    fail(s, "the daemon asked to print a file in a way that cannot be read");
  }
  print_file(s, path_of(s, payload + 1, length - 1), payload[0] == 1);
}

static void obey(struct shim *s, unsigned type, const unsigned char *payload, size_t length) {
  switch (type) {
    case DOWN_OUT: show(s, &s->out, payload, length); return;
    case DOWN_ERR: show(s, &s->err, payload, length); return;
    case DOWN_NEED_STDIN: need_input(s, payload, length); return;
    case DOWN_NEED_FILE: need_file(s, payload, length); return;
    case DOWN_PRINT_FILE: need_print(s, payload, length); return;
    case DOWN_STOP_PRINT: stop_print(s); return;
    case DOWN_TRAP: trap_signals(s, payload, length); return;
    case DOWN_RAW: set_raw(s, length == 1 && payload[0] == 1); return;
    case DOWN_EXIT: end_command(s, payload, length); return;
    default: fail(s, "the daemon sent something that this version does not know");
  }
}

/* Reads what is there and obeys each whole frame; false when the connection is over. */
static bool receive(struct shim *s) {
  ssize_t got = recv(s->sock, s->in + s->in_used, sizeof s->in - s->in_used, 0);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  s->in_used += (size_t)got;
  size_t at = 0;
  while (s->in_used - at >= HEADER_BYTES) {
    size_t length = get32(s->in + at);
    if (length > CHUNK_MAX) fail(s, "the daemon sent something that is too long");
    if (s->in_used - at - HEADER_BYTES < length) break;
    s->heard = true;
    s->unheeded = 0;
    obey(s, s->in[at + 4], s->in + at + HEADER_BYTES, length);
    at += HEADER_BYTES + length;
  }
  s->in_used -= at;
  memmove(s->in, s->in + at, s->in_used);
  return true;
}

/* One connection, until it is lost. The daemon's words come first, then signals, then input. */
static void converse(struct shim *s) {
  for (;;) {
    bool ready = input_ready(s);
    struct pollfd watched[] = {
        {.fd = s->sock, .events = POLLIN},
        {.fd = s->signals, .events = POLLIN},
        {.fd = s->credit > 0 && !ready ? 0 : -1, .events = POLLIN},
    };
    int wait_ms = ready ? 0 : s->follow >= 0 ? FOLLOW_EVERY_MS : -1;
    if (poll(watched, 3, wait_ms) < 0 && errno != EINTR) fail(s, "poll failed");
    if (watched[0].revents != 0) {
      if (!receive(s)) return;
    } else if (watched[1].revents != 0) {
      pass_signal(s);
    } else if (ready || watched[2].revents != 0) {
      give_input(s);
    }
    print_more(s);
  }
}

/* Back to the state of a command that has just begun, but for what is kept. */
static void forget_connection(struct shim *s) {
  close(s->sock);
  s->sock = -1;
  if (s->follow >= 0) close(s->follow);
  s->follow = -1;
  s->credit = 0;
  s->input_given = 0;
  s->in_used = 0;
  set_raw(s, false);
  trap_signals(s, NULL, 0);
  if (s->unrepeatable || s->out.total > SHOWN_MAX || s->err.total > SHOWN_MAX) {
    fail(s, "the connection to the daemon was lost");
  }
  s->out.again = s->err.again = 0;
}

int main(int argc, char **argv) {
  static struct shim s = {
      .sock = -1, .follow = -1, .signals = -1, .out.fd = 1, .err.fd = 2,
  };
  const char *called = argc > 0 ? argv[0] : "spillway";
  const char *slash = strrchr(called, '/');
  s.name = slash == NULL ? called : slash + 1;
  s.argv = argv;
  for (;;) {
    reach_daemon(&s);
    converse(&s);
    forget_connection(&s);
  }
}
