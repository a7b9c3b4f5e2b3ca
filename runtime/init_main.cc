// rundlet-init [--] PROGRAM [ARGUMENT…]: the first process of a container started with --init. Runs PROGRAM,
// hands signals on to it, reaps what is orphaned, and ends with PROGRAM's status (128 + signal when it was
// killed).
//
// Freestanding: no libc, so that it is a few kilobytes and needs nothing of the image. How the engine uses
// it: bind-mount the executable read-only at /sbin/docker-init and put "/sbin/docker-init", "--" before the
// container's own arguments.
#include <asm/unistd.h>
#include <errno.h>
#include <linux/signal.h>
#include <linux/wait.h>
#include <stddef.h>
#include <stdint.h>

namespace {

using Word = long;

#if defined(__x86_64__)
Word call(Word number, Word a = 0, Word b = 0, Word c = 0, Word d = 0, Word e = 0) {
  Word result;
  register Word r10 __asm__("r10") = d;
  register Word r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
Word call(Word number, Word a = 0, Word b = 0, Word c = 0, Word d = 0, Word e = 0) {
  register Word x8 __asm__("x8") = number;
  register Word x0 __asm__("x0") = a;
  register Word x1 __asm__("x1") = b;
  register Word x2 __asm__("x2") = c;
  register Word x3 __asm__("x3") = d;
  register Word x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#else
#error "rundlet-init: write down how this architecture calls the kernel"
#endif

// The kernel's own structures: libc's differ in size.
using KernelSignals = uint64_t;
constexpr size_t kSignalsSize = sizeof(KernelSignals);
struct KernelSigInfo {
  int number;
  char rest[124];
};

[[noreturn]] void leave(int status) {
  for (;;) call(__NR_exit_group, status);
}

size_t length(const char* text) {
  size_t size = 0;
  while (text[size] != '\0') ++size;
  return size;
}

void complain(const char* text) {
  call(__NR_write, 2, reinterpret_cast<Word>(text), static_cast<Word>(length(text)));
}

void fail(const char* program, const char* why, int status) {
  complain("rundlet-init: ");
  complain(program);
  complain(why);
  leave(status);
}

bool equal(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return *a == *b;
}

const char* search_path(char** env) {
  for (; *env != nullptr; ++env) {
    const char* entry = *env;
    if (entry[0] == 'P' && entry[1] == 'A' && entry[2] == 'T' && entry[3] == 'H' && entry[4] == '=')
      return entry + 5;
  }
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

Word execute(const char* file, char** argv, char** env) {
  return call(__NR_execve, reinterpret_cast<Word>(file), reinterpret_cast<Word>(argv),
              reinterpret_cast<Word>(env));
}

// Tries every directory of PATH; what is found last but may not be run is a better answer than "not found".
Word execute_in_path(char** argv, char** env) {
  char file[4096];
  Word best = -ENOENT;
  const char* directory = search_path(env);
  size_t name_size = length(argv[0]) + 1;
  for (;;) {
    size_t size = 0;
    while (directory[size] != '\0' && directory[size] != ':') ++size;
    if (size + 1 + name_size <= sizeof file) {
      for (size_t i = 0; i < size; ++i) file[i] = directory[i];
      file[size] = '/';
      for (size_t i = 0; i < name_size; ++i) file[size + 1 + i] = argv[0][i];
      Word error = execute(file, argv, env);
      if (error != -ENOENT && error != -ENOTDIR) best = error;
    }
    if (directory[size] == '\0') return best;
    directory += size + 1;
  }
}

bool has_slash(const char* text) {
  for (; *text != '\0'; ++text)
    if (*text == '/') return true;
  return false;
}

[[noreturn]] void run_program(char** argv, char** env) {
  // A process group of its own, in the foreground when there is a terminal: ctrl-c then goes to it alone and
  // once. With signals still blocked, since taking the foreground from the background would stop us.
  call(__NR_setpgid, 0, 0);
  int group = static_cast<int>(call(__NR_getpid));
  constexpr Word kSetForegroundGroup = 0x5410;  // TIOCSPGRP
  call(__NR_ioctl, 0, kSetForegroundGroup, reinterpret_cast<Word>(&group));
  KernelSignals none = 0;
  call(__NR_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<Word>(&none), 0, kSignalsSize);
  Word error = has_slash(argv[0]) ? execute(argv[0], argv, env) : execute_in_path(argv, env);
  fail(argv[0], error == -ENOENT ? ": not found\n" : ": cannot be executed\n", error == -ENOENT ? 127 : 126);
  leave(1);
}

Word start(char** argv, char** env) {
  Word pid = call(__NR_clone, SIGCHLD);
  if (pid == 0) run_program(argv, env);
  if (pid < 0) fail(argv[0], ": fork failed\n", 1);
  return pid;
}

// True when the program itself has ended.
bool reap(Word program, int& status) {
  bool ended = false;
  for (;;) {
    int wait_status = 0;
    Word pid = call(__NR_wait4, -1, reinterpret_cast<Word>(&wait_status), WNOHANG, 0);
    if (pid <= 0) return ended;
    if (pid != program) continue;
    ended = true;
    int signal = wait_status & 0x7f;
    status = signal != 0 ? 128 + signal : wait_status >> 8 & 0xff;
  }
}

void keep_house(Word program) {
  KernelSignals all = ~KernelSignals{0};
  for (;;) {
    KernelSigInfo info;
    Word number = call(__NR_rt_sigtimedwait, reinterpret_cast<Word>(&all), reinterpret_cast<Word>(&info), 0,
                       kSignalsSize);
    if (number == SIGCHLD) {
      int status = 0;
      if (reap(program, status)) leave(status);
    } else if (number > 0) {
      call(__NR_kill, program, number);
    }
  }
}

// Not for the program's ears, and a background write to the terminal must not stop us.
constexpr KernelSignals bit(int number) {
  return KernelSignals{1} << (number - 1);
}
constexpr KernelSignals kOurs =
    bit(SIGFPE) | bit(SIGILL) | bit(SIGSEGV) | bit(SIGBUS) | bit(SIGABRT) | bit(SIGTRAP) | bit(SIGSYS);

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void rundlet_init(Word* stack) {
  Word count = stack[0];
  char** argv = reinterpret_cast<char**>(stack + 1);
  char** env = argv + count + 1;
  ++argv;
  if (*argv != nullptr && equal(*argv, "--")) ++argv;
  if (*argv == nullptr) {
    complain("usage: rundlet-init [--] PROGRAM [ARGUMENT…]\n");
    leave(2);
  }
  KernelSignals blocked = ~kOurs;
  call(__NR_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<Word>(&blocked), 0, kSignalsSize);
  keep_house(start(argv, env));
  leave(1);
}

#if defined(__x86_64__)
__asm__(
    ".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call rundlet_init\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x0, sp\n  bl rundlet_init\n");
#endif
