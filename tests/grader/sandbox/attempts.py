"""What a submission must not be able to do, as code that tries it.

Each text is run in a child, after `PRELUDE`, among names that say where things are. It sets `out`
to True only if the *effect* was there, because calls that return without an error have misled
audits; None leaves it to the caller, who looks whether the victim lives. The same texts run once
without any sandbox (`control.py`), where each must succeed, or the attempt would prove nothing.

The names: answers (a file anybody may read and write, which holds `secret`), folder (anybody may
write), victim (pid of a process), address (where it keeps `secret`), tcp and udp (ports on
127.0.0.1), unix (path of a listening socket), secret, token (in the environment of the grader),
everybody (the signal for everybody: 0 where it must fail, or a hole would cost the tester all
processes).
"""

from __future__ import annotations

PRELUDE = """
import ctypes, encodings.idna, fcntl, mmap, os, resource, signal, socket, tempfile, threading
libc, out = ctypes.CDLL(None), None
long, ulong = ctypes.c_long, ctypes.c_ulong
def status(pid): return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""

ATTEMPTS = {
    # Files of the grader and of the system, and whether there are any
    "read the answers": "out = secret in open(answers).read()",
    "read the accounts": "out = 'root:' in open('/etc/passwd').read()",
    "list the root": "out = 'etc' in os.listdir('/')",
    "climb out": "out = secret in open('../' * 20 + answers).read() and os.getcwd() != ''",
    "open by openat2": """
how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
fd = libc.syscall(long(437), long(-100), answers.encode(), how, long(24))
out = fd >= 0 and secret.encode() in os.read(fd, 1000)
""",
    "stat a guessed path": "out = os.stat(answers).st_size > 0",
    # Other processes
    "list processes": "out = any(name.isdigit() for name in os.listdir('/proc'))",
    "read the parent's environment": (
        "out = bool(open(f'/proc/{os.getppid()}/environ', 'rb').read())"
    ),
    "read memory by /proc": """
with open(f'/proc/{victim}/mem', 'rb', buffering=0) as memory:
    memory.seek(address)
    out = memory.read(len(secret)) == secret.encode()
""",
    "read memory by a call": """
buffer = ctypes.create_string_buffer(len(secret))
ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), len(secret))
theirs = (ctypes.c_size_t * 2)(address, len(secret))
libc.process_vm_readv(victim, ours, ulong(1), theirs, ulong(1), ulong(0))
out = buffer.raw == secret.encode()
""",
    "trace another": "out = libc.ptrace(16, victim, None, None) == 0",
    # Writing
    "write a new file": """
open(folder + '/report.json', 'w').write('{}')
out = open(folder + '/report.json').read() == '{}'
""",
    "overwrite a file": """
open(folder + '/old', 'r+').write('changed')
out = open(folder + '/old').read().startswith('changed')
""",
    "write to tmp": "with tempfile.TemporaryFile() as file: out = file.write(b'x') == 1",
    "make a folder": "os.mkdir(folder + '/new'); out = os.path.isdir(folder + '/new')",
    "remove a file": """
os.unlink(folder + '/removable')
out = not os.path.exists(folder + '/removable')
""",
    "rename a file": """
os.rename(folder + '/movable', folder + '/moved')
out = os.path.exists(folder + '/moved')
""",
    "link a file": "os.symlink(answers, folder + '/link'); out = os.path.islink(folder + '/link')",
    "truncate a file": """
os.truncate(folder + '/long', 0)
out = os.stat(folder + '/long').st_size == 0
""",
    "change the mode": """
os.close(os.open(folder + '/mine', os.O_CREAT | os.O_WRONLY, 0o600))
os.chmod(folder + '/mine', 0o777)
out = os.stat(folder + '/mine').st_mode & 0o777 == 0o777
""",
    # Signals; the process group reaches across pid namespaces
    "kill another": "os.kill(victim, 9)",
    "kill everybody": "os.kill(-1, everybody); out = everybody == 0 or None",
    "kill the group": "signal.signal(15, signal.SIG_IGN); os.kill(0, 15)",
    "kill by descriptor": "signal.pidfd_send_signal(os.pidfd_open(victim), 9)",
    "queue a signal": "libc.sigqueue(victim, 9, None)",
    "kill a thread": "libc.syscall(long(234), long(victim), long(victim), long(9))",
    # Sockets
    "connect by TCP": """
with socket.create_connection(('127.0.0.1', tcp), 5) as connection:
    out = connection.getpeername()[1] == tcp
""",
    "send by UDP": """
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    out = sender.sendto(b'x', ('127.0.0.1', udp)) == 1
""",
    "connect to a unix socket": """
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(unix)
    out = True
""",
    "listen on an abstract socket": """
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind('\\0nnlab-attempt')
    out = listener.getsockname() == b'\\0nnlab-attempt'
""",
    "ask the kernel by netlink": """
with socket.socket(16, socket.SOCK_RAW, 0) as link:
    link.bind((0, 0))
    out = link.getsockname()[0] > 0
""",
    "make a socket pair": """
one, two = socket.socketpair()
one.send(b'x')
out = two.recv(1) == b'x'
""",
    # Processes and threads; a program is seen by its exit status, 55
    "fork once": """
pid = os.fork()
if pid == 0: os._exit(5)
out = status(pid) == 5
""",
    "clone once": """
wanted = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)  # all else nothing, SIGCHLD at the end
pid = libc.syscall(long(435), wanted, long(88))
if pid == 0: os._exit(5)
out = pid > 0 and status(pid) == 5
""",
    "start a thread": """
seen = []
thread = threading.Thread(target=seen.append, args=[1])
thread.start()
thread.join()
out = seen == [1]
""",
    "run a shell": "out = os.waitstatus_to_exitcode(os.system('exit 5')) == 5",
    "spawn a program": "out = status(os.posix_spawn('/bin/sh', ['sh', '-c', 'exit 5'], {})) == 5",
    "become a program": "os.execv('/bin/sh', ['sh', '-c', 'exit 55'])",
    # Memory, and memory that RLIMIT_AS does not count or that outlives the process
    "reserve 4 GiB": """
libc.malloc.restype = ctypes.c_void_p
out = libc.malloc(ctypes.c_size_t(4 << 30)) is not None
""",
    "map 2 GiB shared": "with mmap.mmap(-1, 2 << 30) as memory: out = len(memory) > 0",
    "write a file in shared memory": """
with open('/dev/shm/nnlab-attempt', 'w') as file:
    os.unlink('/dev/shm/nnlab-attempt')
    out = file.write('x') == 1
""",
    "make a memory file": "out = os.write(os.memfd_create('attempt'), bytes(4096)) == 4096",
    "leave shared memory": """
segment = libc.shmget(0x6E6E, 4096, 0o1666)
out = segment >= 0 and libc.shmctl(segment, 0, None) == 0  # and removed again
""",
    "open a message queue": """
queue = libc.msgget(0x6E6E, 0o1666)
out = queue >= 0 and libc.msgctl(queue, 0, None) == 0
""",
    "make a pipe": """
read, write = os.pipe()
out = os.write(write, b'x') == 1 and os.read(read, 1) == b'x'
""",
    "make an event": "out = os.eventfd_read(os.eventfd(3)) == 3",
    "lock memory": """
out = libc.mlock(ctypes.create_string_buffer(8192), ctypes.c_size_t(8192)) == 0
""",
    # Limits and priorities
    "change a limit": """
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard - 1, hard))
out = resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard - 1
""",
    "become nicer": "before = os.nice(0); out = os.nice(3) == before + 3",
    "choose a processor": """
first = {min(os.sched_getaffinity(0))}
os.sched_setaffinity(0, first)
out = os.sched_getaffinity(0) == first
""",
    "choose a scheduler": """
os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
out = os.sched_getscheduler(0) == os.SCHED_BATCH
""",
    # Namespaces, the door to mounts and much else, and what is left of the kernel's calls
    "make a user namespace": "out = libc.unshare(0x10000000) == 0",
    "change the root": """
libc.unshare(0x10000000)
os.chroot(folder)
out = 'etc' not in os.listdir('/')
""",
    "mount something": """
libc.unshare(0x10000000 | 0x20000)
out = libc.mount(b'tmpfs', folder.encode(), b'tmpfs', ulong(0), None) == 0
""",
    "watch files": "out = libc.inotify_init() >= 0",
    "rename oneself": """
name = ctypes.create_string_buffer(16)
libc.prctl(15, b'renamed')
libc.prctl(16, name)
out = name.value == b'renamed'
""",
    "change personality": """
libc.personality(ulong(0x0040000))  # no randomized addresses, for instance
out = libc.personality(ulong(0xFFFFFFFF)) == 0x0040000
""",
    # A filter of one's own could fake answers to our code.
    "restrict oneself further": "out = libc.prctl(38, 1, 0, 0, 0) == 0",
    # The grader's terminal, environment, command line, folder and channel
    "open a terminal": "out = os.isatty(os.openpty()[0])",
    "read the environment": "out = token in os.environ.values()",
    "read the command line": "out = len(open('/proc/self/cmdline').read()) > 0",
    "look around here": "out = len(os.listdir('.')) > 0 and os.getcwd() == folder",
    "put the channel in another mode": """
before = fcntl.fcntl(1, fcntl.F_GETFL)
fcntl.fcntl(1, fcntl.F_SETFL, before | os.O_NONBLOCK)
out = bool(fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK)
""",
}
