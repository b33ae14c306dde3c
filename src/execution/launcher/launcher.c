/*
 * launcher RUN-DIRECTORY: started once by the agent. Reads frames from stdin, writes frames to
 * stdout, forks a supervisor per attempt and passes on what supervisors send to its datagram
 * socket. Ends when stdin does; the supervisors live on. Keeps no state but the frame it is reading.
 */
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_SIZE (256u << 10)
#define REPLY_SIZE (64u << 10)
#define DATAGRAM_SIZE (PATH_MAX + 1024)

static struct {
  char run_directory[PATH_MAX];
  int socket, null, lock;
  uint8_t *input;
  size_t input_room, input_length;
  uint8_t replies[REPLY_SIZE];
  size_t reply_length;
} self;

static _Noreturn void die(const char *words) {
  perror(words);
  _exit(1);
}

static void flush_replies(void) {
  int error = write_all(STDOUT_FILENO, self.replies, self.reply_length);
  self.reply_length = 0;
  if (error != 0) _exit(0);
}

static void reply(const uint8_t *payload, size_t length) {
  if (self.reply_length + length + 4 > sizeof self.replies) flush_replies();
  struct writer out = {self.replies + self.reply_length, 4, false};
  put_u32(&out, (uint32_t)length);
  memcpy(self.replies + self.reply_length + 4, payload, length);
  self.reply_length += length + 4;
}

struct answer { enum frame_type type; uint32_t job, attempt, value; uint8_t detail; };

static void reply_with(struct answer answer) {
  uint8_t payload[32];
  struct writer out = {payload, sizeof payload, false};
  put_u8(&out, (uint8_t)answer.type);
  put_u32(&out, answer.job);
  put_u32(&out, answer.attempt);
  put_u32(&out, answer.value);
  put_u8(&out, answer.detail);
  if (answer.type == FRAME_STARTED) put_u64(&out, wall_ms());
  reply(payload, sizeof payload - out.left);
}

static void refuse(const struct spec *spec, enum start_step step, int error) {
  reply_with((struct answer){
      FRAME_REFUSED, spec->job, spec->attempt, (uint32_t)error, (uint8_t)step});
}

static _Noreturn void become_supervisor(struct spec *spec) {
  for (int fd = 0; fd < 3; fd++)
    if (dup2(self.null, fd) < 0) _exit(1);
  close(self.lock);
  close(self.null);
  close(self.socket);
  supervise(spec, self.run_directory);
}

/* `frame` follows its length and type in the input; all three make the spec file. */
static void launch(struct bytes frame) {
  static struct spec spec;
  bool claimed;
  spec.whole = (struct bytes){frame.at - FRAME_HEAD, frame.length + FRAME_HEAD};
  if (!read_spec(frame, &spec)) return refuse(&spec, STEP_SPEC, EINVAL);
  if (geteuid() != 0 && spec.uid != geteuid()) return refuse(&spec, STEP_IDENTITY, EPERM);
  int error = attempt_create(&spec, &claimed);
  if (error != 0) return refuse(&spec, STEP_DIRECTORY, error);
  struct answer started = {FRAME_STARTED, spec.job, spec.attempt, 0, claimed};
  if (!claimed) {
    pid_t pid = fork();
    if (pid == 0) become_supervisor(&spec);
    if (pid < 0) return refuse(&spec, STEP_FORK, errno);
    started.value = (uint32_t)pid;
  }
  reply_with(started);
}

static void order(struct bytes frame) {
  struct reader in = {(const uint8_t *)frame.at, frame.length, false};
  char name[NAME_SIZE];
  uint32_t job = take_u32(&in), attempt = take_u32(&in), number = take_u32(&in);
  if (in.failed || in.left == 0) return;
  attempt_name(name, job, attempt);
  bool delivered = attempt_order(name, (struct bytes){(const char *)in.at, (uint32_t)in.left});
  reply_with((struct answer){FRAME_ORDERED, job, attempt, number, delivered});
}

static void forget(struct bytes frame) {
  struct reader in = {(const uint8_t *)frame.at, frame.length, false};
  char name[NAME_SIZE];
  for (;;) {
    uint32_t job = take_u32(&in), attempt = take_u32(&in);
    if (in.failed) return;
    attempt_name(name, job, attempt);
    attempt_forget(name);
  }
}

static void handle(struct bytes frame) {
  struct bytes payload = {frame.at + 1, frame.length - 1};
  switch ((uint8_t)frame.at[0]) {
    case FRAME_LAUNCH: launch(payload); break;
    case FRAME_ORDER: order(payload); break;
    case FRAME_FORGET: forget(payload); break;
    default: fprintf(stderr, "launcher: a frame of an unknown kind was ignored\n");
  }
}

/* Handles the whole frames of the input and keeps the rest. A bad length cannot be skipped. */
static size_t handle_input(void) {
  size_t at = 0, wanted = 0;
  while (self.input_length - at >= 4) {
    struct reader in = {self.input + at, 4, false};
    uint32_t length = take_u32(&in);
    if (length == 0 || length > MAX_FRAME) {
      fprintf(stderr, "launcher: a frame of %u bytes; giving up\n", length);
      _exit(1);
    }
    wanted = (size_t)length + 4;
    if (self.input_length - at < wanted) break;
    handle((struct bytes){(const char *)self.input + at + 4, length});
    at += wanted;
    wanted = 0;
  }
  self.input_length -= at;
  if (at > 0) memmove(self.input, self.input + at, self.input_length);
  return wanted;
}

/* A buffer made larger for a big frame is given back after it: every fork copies what we hold. */
static void resize_input(size_t wanted) {
  size_t room = wanted > READ_SIZE ? wanted : READ_SIZE;
  if (room == self.input_room || self.input_length > room) return;
  uint8_t *input = realloc(self.input, room);
  if (input == NULL) die("launcher: no memory for a frame");
  self.input = input;
  self.input_room = room;
}

static bool read_input(void) {
  ssize_t length =
      read(STDIN_FILENO, self.input + self.input_length, self.input_room - self.input_length);
  if (length < 0) return errno == EINTR || errno == EAGAIN;
  if (length == 0) return false;
  self.input_length += (size_t)length;
  resize_input(handle_input());
  return true;
}

/* Supervisors' news go to the agent as they are. */
static void pass_on_news(void) {
  uint8_t news[DATAGRAM_SIZE];
  for (int i = 0; i < 64; i++) {
    ssize_t length = recv(self.socket, news, sizeof news, MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return;
    reply(news, (size_t)length);
  }
}

/*
 * One launcher at a time: one whose agent was killed may still be working off what it was sent.
 * The lock lasts as long as the process; supervisors close it.
 */
static void wait_for_turn(void) {
  self.lock = open("launcher.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self.lock < 0) die("launcher: launcher.lock");
  while (flock(self.lock, LOCK_EX) != 0)
    if (errno != EINTR) die("launcher: flock");
}

/* The new socket takes the name of an old launcher's in one step, so that no news finds none. */
static void open_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = LAUNCHER_SOCKET ".new"};
  unlink(address.sun_path);
  self.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (self.socket < 0) die("launcher: socket");
  if (bind(self.socket, (struct sockaddr *)&address, sizeof address) != 0)
    die("launcher: bind in the run directory");
  if (rename(address.sun_path, LAUNCHER_SOCKET) != 0) die("launcher: rename the socket");
}

static void set_up(const char *run_directory) {
  for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  sigset_t orders;
  sigemptyset(&orders);
  sigaddset(&orders, SIGUSR1);
  sigprocmask(SIG_SETMASK, &orders, NULL);
  syscall(SYS_close_range, 3, ~0u, 0);
  umask(0066);
  if (realpath(run_directory, self.run_directory) == NULL || chdir(self.run_directory) != 0)
    die("launcher: the run directory");
  self.null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (self.null < 0) die("launcher: /dev/null");
  wait_for_turn();
  open_socket();
  attempt_find_free();
  resize_input(READ_SIZE);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: launcher RUN-DIRECTORY (started by the agent)\n");
    return 2;
  }
  set_up(arguments[1]);
  uint8_t ready[] = {FRAME_READY, PROTOCOL_VERSION};
  reply(ready, sizeof ready);
  struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                          {.fd = self.socket, .events = POLLIN}};
  for (;;) {
    if (self.reply_length > 0) flush_replies();
    if (poll(ends, 2, -1) < 0 && errno != EINTR) die("launcher: poll");
    if (ends[1].revents != 0) pass_on_news();
    if (ends[0].revents != 0 && !read_input()) return 0;
  }
}
