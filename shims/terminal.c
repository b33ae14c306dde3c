/* Signals that the daemon asked for, and the terminal's raw mode. A signal nobody asked for does
 * what it always does; raw mode is undone on every way out. */
#include "shim.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* So many trapped signals without a word from the daemon end the command after all. */
enum { UNHEEDED_MAX = 3 };

static bool is_trapped(const struct shim *s, int number) {
  return number > 0 && number < 64 && (s->trapped >> number & 1) != 0;
}

/* Catches what is trapped, and in raw mode also what would leave the terminal raw. */
static void catch_signals(struct shim *s) {
  static const int endings[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
  static sigset_t inherited;
  sigset_t caught, blocked;
  if (s->signals < 0) {
    if (s->trapped == 0 && !s->raw) return;
    if (sigprocmask(SIG_BLOCK, NULL, &inherited) < 0) fail(s, "signals cannot be caught");
  }
  sigemptyset(&caught);
  for (int number = 1; number < 64; number++) {
    if (is_trapped(s, number)) sigaddset(&caught, number);
  }
  for (size_t i = 0; s->raw && i < sizeof endings / sizeof *endings; i++) {
    sigaddset(&caught, endings[i]);
  }
  sigorset(&blocked, &inherited, &caught);
  int fd = signalfd(s->signals, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0 || sigprocmask(SIG_SETMASK, &blocked, NULL) < 0) fail(s, "signals cannot be caught");
  s->signals = fd;
}

void trap_signals(struct shim *s, const unsigned char *numbers, size_t count) {
  s->trapped = 0;
  for (size_t i = 0; i < count; i++) {
    if (numbers[i] == 0 || numbers[i] >= 64 || numbers[i] == SIGKILL || numbers[i] == SIGSTOP) {
      fail(s, "the daemon asked for a signal that cannot be caught");
    }
    s->trapped |= (uint64_t)1 << numbers[i];
  }
  catch_signals(s);
}

void set_raw(struct shim *s, bool raw) {
  if (raw && !s->raw) {
    if (tcgetattr(0, &s->cooked) < 0) return; /* no terminal: nothing to do */
    struct termios changed = s->cooked;
    cfmakeraw(&changed);
    s->raw = true;
    catch_signals(s);
    if (tcsetattr(0, TCSADRAIN, &changed) < 0) s->raw = false;
  } else if (!raw && s->raw) {
    if (tcsetattr(0, TCSADRAIN, &s->cooked) < 0) return;
    s->raw = false;
    catch_signals(s);
  }
}

void release_terminal(struct shim *s) {
  if (s->raw && tcsetattr(0, TCSADRAIN, &s->cooked) == 0) s->raw = false;
}

void die_by(struct shim *s, int number) {
  release_terminal(s);
  struct rlimit no_core = {0};
  struct sigaction usual = {.sa_handler = SIG_DFL};
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  /* A failure of any of these leaves the exit status below. */
  if (setrlimit(RLIMIT_CORE, &no_core) == 0 && sigaction(number, &usual, NULL) == 0 &&
      sigprocmask(SIG_UNBLOCK, &only, NULL) == 0) {
    raise(number);
  }
  _exit(128 + number);
}

static void send_size(struct shim *s) {
  struct winsize size;
  if (ioctl(0, TIOCGWINSZ, &size) < 0) return;
  struct bytes payload = {0};
  put16(&payload, size.ws_row);
  put16(&payload, size.ws_col);
  send_frame(s, UP_RESIZE, payload.at, payload.used);
}

void pass_signal(struct shim *s) {
  struct signalfd_siginfo got;
  if (read(s->signals, &got, sizeof got) != sizeof got) return;
  int number = (int)got.ssi_signo;
  if (is_trapped(s, number)) {
    if (++s->unheeded > UNHEEDED_MAX) die_by(s, number);
    unsigned char payload = (unsigned char)number;
    send_frame(s, UP_SIGNAL, &payload, 1);
  } else if (number == SIGWINCH) {
    send_size(s);
  } else {
    die_by(s, number);
  }
}
