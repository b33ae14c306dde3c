/* What the parts of the shim share: the numbers of the frame protocol (proto/shim.md) and the state
 * of one command. The shim knows no dialect but for the words of unreachable.c. */
#ifndef SPILLWAY_SHIM_H
#define SPILLWAY_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

enum {
  PROTOCOL_VERSION = 1,
  HEADER_BYTES = 5,              /* length of the payload (4, big-endian), type (1) */
  ENDING_BYTES = 5,              /* how (1), error number (4) */
  CHUNK_MAX = 64 * 1024,         /* the longest payload but for Hello */
  HELLO_MAX = 8 * 1024 * 1024,   /* above the kernel's limit for arguments and environment */
  FILE_CAP_MAX = 64 * 1024 * 1024,
  KEPT_MAX = 4 * 1024 * 1024 + CHUNK_MAX, /* input kept for a second connection */
  SHOWN_MAX = 64 * 1024,         /* output of one stream kept for a second connection */
};

enum up { UP_HELLO = 1, UP_DATA, UP_END, UP_FILE_DATA, UP_FILE_END, UP_SIGNAL, UP_RESIZE,
          UP_PRINT_END };

enum down { DOWN_OUT = 65, DOWN_ERR, DOWN_NEED_STDIN, DOWN_NEED_FILE, DOWN_PRINT_FILE,
            DOWN_STOP_PRINT, DOWN_TRAP, DOWN_RAW, DOWN_EXIT };

/* How a file or standard input ended; the error is an errno. */
enum how { ENDING_EOF, ENDING_MORE, ENDING_ERROR };

struct ending {
  unsigned how;
  int error;
};

/* Bytes that grow. */
struct bytes {
  unsigned char *at;
  size_t used, room;
};

/* Standard output or error: what was shown is kept, since a repeated command says it again. */
struct shown {
  int fd;
  uint64_t total, again; /* bytes shown in all; bytes that this connection has repeated */
  unsigned char kept[SHOWN_MAX];
};

/* A file's answer, kept for a second connection. */
struct answer {
  struct answer *next;
  char *path;
  struct bytes content;
  struct ending ending;
};

/* The tries to reach the daemon; times are of the monotonic clock. */
struct retry {
  int64_t since_ms, said_ms, pause_ms, connected_ms;
};

struct shim {
  const char *name;      /* the command: what the shim was called by */
  char **argv;
  struct bytes hello;
  int sock;              /* -1: no connection */
  bool heard;            /* this connection brought a frame */
  struct retry retry;
  unsigned char in[HEADER_BYTES + CHUNK_MAX];
  size_t in_used;

  struct shown out, err;
  size_t kept_total;     /* bytes kept of stdin and files */
  bool unrepeatable;     /* more was sent than is kept */

  struct bytes input;    /* what stdin gave so far */
  uint64_t input_given;  /* bytes of stdin that this connection was given */
  uint32_t credit;       /* bytes of stdin that the daemon still wants */
  bool input_over;
  struct ending input_ending;
  struct answer *answers;

  int follow;            /* the file being printed as it grows, or -1 */
  uint64_t trapped;      /* bit n: signal n is sent to the daemon */
  int signals;           /* signalfd, or -1 */
  unsigned unheeded;     /* trapped signals sent since the daemon was last heard */
  bool raw;
  struct termios cooked;
};

/* wire.c: memory and the socket. */
void put8(struct bytes *b, unsigned value);
void put16(struct bytes *b, unsigned value);
void put32(struct bytes *b, uint32_t value);
void put64(struct bytes *b, uint64_t value);
void put(struct bytes *b, const void *from, size_t length);
uint32_t get32(const unsigned char *at);
bool send_frame(struct shim *s, unsigned type, const void *payload, size_t length);
bool send_ending(struct shim *s, unsigned type, struct ending ending);
/* A last piece and, in the same write, its ending (the type that follows `type`). */
bool send_last(struct shim *s, unsigned type, const void *payload, size_t length,
               struct ending ending);
bool send_bytes(struct shim *s, const void *from, size_t length);

/* hello.c */
void make_hello(struct shim *s);

/* connect.c */
void reach_daemon(struct shim *s);

/* unreachable.c: the only words that the shim says by itself. */
void say_no_daemon(const struct shim *s, bool last);
int no_daemon_status(const struct shim *s);
_Noreturn void fail(struct shim *s, const char *sentence);

/* streams.c: standard streams and files of the user. */
void show(struct shim *s, struct shown *stream, const unsigned char *from, size_t length);
bool input_ready(const struct shim *s);
void give_input(struct shim *s);
void give_file(struct shim *s, const char *path, uint32_t cap);
void print_file(struct shim *s, const char *path, bool follow);
void print_more(struct shim *s);
void stop_print(struct shim *s);

/* terminal.c: signals and raw mode. */
void trap_signals(struct shim *s, const unsigned char *numbers, size_t count);
void set_raw(struct shim *s, bool raw);
void pass_signal(struct shim *s);
void release_terminal(struct shim *s);
_Noreturn void die_by(struct shim *s, int number);

#endif
