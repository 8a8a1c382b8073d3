"""What a submission must not be able to do, as code that tries it.

Each function is sent to a child as text and called with `place`, which says where things are. It
returns True only if the *effect* was there, for calls that return without an error have misled
audits; None leaves it to the caller, who looks whether the victim lives.
The same functions run once without any sandbox (`control.py`), where each must succeed, or the
attempt would prove nothing. The number in the docstring is the row in the study's list.

`place`: answers (a file anybody may read and write, holding `secret`), folder (anybody may write),
victim (pid of a process), address (where it keeps `secret`), tcp and udp (ports on 127.0.0.1),
socket (path of a listening unix socket), secret, token (in the environment of the grader),
everybody (the signal for everybody).
"""

# ruff: noqa  (a submission's style is its own)


def read_the_answers(place):
    """1 open a file of the grader"""
    return place["secret"] in open(place["answers"]).read()


def read_the_accounts(place):
    """1 open a file of the system"""
    return "root:" in open("/etc/passwd").read()


def list_the_root(place):
    """2 walk the tree"""
    import os

    return "etc" in os.listdir("/")


def climb_out(place):
    """2 go up from where we are"""
    import os

    return place["secret"] in open("../" * 20 + place["answers"]).read() and os.getcwd() != ""


def open_by_openat2(place):
    """2 the newer call for the same"""
    import ctypes
    import os

    libc = ctypes.CDLL(None)
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    number, here = ctypes.c_long(437), ctypes.c_long(-100)
    fd = libc.syscall(number, here, place["answers"].encode(), how, ctypes.c_long(24))
    return fd >= 0 and place["secret"].encode() in os.read(fd, 1000)


def stat_a_guessed_path(place):
    """2 learn whether a file exists"""
    import os

    return os.stat(place["answers"]).st_size > 0


def list_processes(place):
    """5 see who else is there"""
    import os

    return any(name.isdigit() for name in os.listdir("/proc"))


def read_the_parents_environment(place):
    """5 the grader's environment through /proc"""
    import os

    return bool(open(f"/proc/{os.getppid()}/environ", "rb").read())


def read_memory_by_proc(place):
    """5 another process's memory as a file"""
    with open(f"/proc/{place['victim']}/mem", "rb", buffering=0) as memory:
        memory.seek(place["address"])
        return memory.read(len(place["secret"])) == place["secret"].encode()


def read_memory_by_call(place):
    """5 another process's memory by process_vm_readv"""
    import ctypes

    size = len(place["secret"])
    buffer = ctypes.create_string_buffer(size)
    ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), size)
    theirs = (ctypes.c_size_t * 2)(place["address"], size)
    libc, one, zero = ctypes.CDLL(None), ctypes.c_ulong(1), ctypes.c_ulong(0)
    libc.process_vm_readv(place["victim"], ours, one, theirs, one, zero)
    return buffer.raw == place["secret"].encode()


def trace_another(place):
    """5 attach as a debugger"""
    import ctypes

    return ctypes.CDLL(None).ptrace(16, place["victim"], None, None) == 0


def write_a_new_file(place):
    """3 a report of one's own"""
    path = place["folder"] + "/report.json"
    open(path, "w").write("{}")
    return open(path).read() == "{}"


def overwrite_a_file(place):
    """3 one that is there"""
    open(place["folder"] + "/old", "r+").write("changed")
    return open(place["folder"] + "/old").read() == "changed"


def write_to_tmp(place):
    """3 the folder everybody may write to"""
    import tempfile

    with tempfile.TemporaryFile() as file:
        return file.write(b"x") == 1


def write_shared_memory_file(place):
    """12 a file in memory"""
    import os

    path = "/dev/shm/nnlab-attempt"
    with open(path, "w") as file:
        os.unlink(path)
        return file.write("x") == 1


def make_a_folder(place):
    """3"""
    import os

    os.mkdir(place["folder"] + "/new")
    return os.path.isdir(place["folder"] + "/new")


def remove_a_file(place):
    """3"""
    import os

    os.unlink(place["folder"] + "/removable")
    return not os.path.exists(place["folder"] + "/removable")


def rename_a_file(place):
    """3"""
    import os

    os.rename(place["folder"] + "/movable", place["folder"] + "/moved")
    return os.path.exists(place["folder"] + "/moved")


def link_a_file(place):
    """3"""
    import os

    os.symlink(place["answers"], place["folder"] + "/link")
    return os.path.islink(place["folder"] + "/link")


def truncate_a_file(place):
    """3 without opening it"""
    import os

    os.truncate(place["folder"] + "/long", 0)
    return os.stat(place["folder"] + "/long").st_size == 0


def change_the_mode(place):
    """3"""
    import os

    path = place["folder"] + "/mine"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    os.chmod(path, 0o777)
    return os.stat(path).st_mode & 0o777 == 0o777


def kill_another(place):
    """7"""
    import os

    os.kill(place["victim"], 9)


def kill_everybody(place):
    """7"""
    import os

    # Where it must fail only 0 is sent, or a hole would cost the tester all processes.
    os.kill(-1, place["everybody"])
    return place["everybody"] == 0 or None


def kill_the_group(place):
    """8 the process group reaches across pid namespaces"""
    import os
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(0, signal.SIGTERM)


def kill_by_descriptor(place):
    """7"""
    import os
    import signal

    signal.pidfd_send_signal(os.pidfd_open(place["victim"]), 9)


def queue_a_signal(place):
    """7"""
    import ctypes

    ctypes.CDLL(None).sigqueue(place["victim"], 9, None)


def kill_a_thread(place):
    """7"""
    import ctypes

    number, victim = ctypes.c_long(234), ctypes.c_long(place["victim"])
    ctypes.CDLL(None).syscall(number, victim, victim, ctypes.c_long(9))


def connect_by_tcp(place):
    """9"""
    import socket

    with socket.create_connection(("127.0.0.1", place["tcp"]), 5) as connection:
        return connection.getpeername()[1] == place["tcp"]


def send_by_udp(place):
    """9"""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", place["udp"])) == 1


def connect_to_a_unix_socket(place):
    """9"""
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place["socket"])
        return True


def listen_on_an_abstract_socket(place):
    """9 it needs no file"""
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0nnlab-attempt")
        return listener.getsockname() == b"\0nnlab-attempt"


def ask_the_kernel_by_netlink(place):
    """9"""
    import socket

    with socket.socket(16, socket.SOCK_RAW, 0) as link:
        link.bind((0, 0))
        return link.getsockname()[0] > 0


def make_a_socket_pair(place):
    """9"""
    import socket

    one, two = socket.socketpair()
    one.send(b"x")
    return two.recv(1) == b"x"


def fork_once(place):
    """10"""
    import os

    pid = os.fork()
    if pid == 0:
        os._exit(5)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def clone_once(place):
    """10 the newest call for it"""
    import ctypes
    import os

    libc = ctypes.CDLL(None)
    wanted = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)  # all else nothing, SIGCHLD at the end
    pid = libc.syscall(ctypes.c_long(435), wanted, ctypes.c_long(88))
    if pid == 0:
        os._exit(5)
    return pid > 0 and os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def start_a_thread(place):
    """10"""
    import threading

    seen = []
    thread = threading.Thread(target=seen.append, args=[1])
    thread.start()
    thread.join()
    return seen == [1]


def run_a_shell(place):
    """10"""
    import os

    return os.waitstatus_to_exitcode(os.system("exit 5")) == 5


def spawn_a_program(place):
    """10"""
    import os

    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 5"], {})
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5


def become_a_program(place):
    """10 seen by its exit status, 55"""
    import os

    os.execv("/bin/sh", ["sh", "-c", "exit 55"])


def reserve_4_gib(place):
    """11"""
    import ctypes

    malloc = ctypes.CDLL(None).malloc
    malloc.restype = ctypes.c_void_p
    return malloc(ctypes.c_size_t(4 << 30)) is not None


def map_2_gib_shared(place):
    """11"""
    import mmap

    with mmap.mmap(-1, 2 << 30) as memory:
        return len(memory) > 0


def make_a_memory_file(place):
    """12 not counted by RLIMIT_AS"""
    import os

    fd = os.memfd_create("attempt")
    return os.write(fd, bytes(4096)) == 4096


def leave_shared_memory(place):
    """12 it outlives the process"""
    import ctypes

    libc = ctypes.CDLL(None)
    segment = libc.shmget(0x6E6E, 4096, 0o1666)
    return segment >= 0 and libc.shmctl(segment, 0, None) == 0  # and removed again


def open_a_message_queue(place):
    """12"""
    import ctypes

    libc = ctypes.CDLL(None)
    queue = libc.msgget(0x6E6E, 0o1666)
    return queue >= 0 and libc.msgctl(queue, 0, None) == 0


def make_a_pipe(place):
    """12 64 KiB each, not counted"""
    import os

    read, write = os.pipe()
    return os.write(write, b"x") == 1 and os.read(read, 1) == b"x"


def make_an_event(place):
    """12"""
    import os

    return os.eventfd_read(os.eventfd(3)) == 3


def lock_memory(place):
    """12"""
    import ctypes

    buffer = ctypes.create_string_buffer(8192)
    return ctypes.CDLL(None).mlock(buffer, ctypes.c_size_t(8192)) == 0


def change_a_limit(place):
    """15"""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard - 1, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard - 1


def become_nicer(place):
    """15"""
    import os

    before = os.nice(0)
    return os.nice(3) == before + 3


def choose_a_processor(place):
    """15"""
    import os

    one = {min(os.sched_getaffinity(0))}
    os.sched_setaffinity(0, one)
    return os.sched_getaffinity(0) == one


def choose_a_scheduler(place):
    """15"""
    import os

    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    return os.sched_getscheduler(0) == os.SCHED_BATCH


def make_a_user_namespace(place):
    """24 the door to mounts and much else"""
    import ctypes

    return ctypes.CDLL(None).unshare(0x10000000) == 0


def change_the_root(place):
    """24 in a user namespace"""
    import ctypes
    import os

    libc = ctypes.CDLL(None)
    libc.unshare(0x10000000)
    os.chroot(place["folder"])
    return "etc" not in os.listdir("/")


def mount_something(place):
    """24 in namespaces of one's own"""
    import ctypes

    libc = ctypes.CDLL(None)
    libc.unshare(0x10000000 | 0x20000)
    return libc.mount(b"tmpfs", place["folder"].encode(), b"tmpfs", ctypes.c_ulong(0), None) == 0


def watch_files(place):
    """24"""
    import ctypes

    return ctypes.CDLL(None).inotify_init() >= 0


def rename_oneself(place):
    """24 prctl"""
    import ctypes

    libc, name = ctypes.CDLL(None), ctypes.create_string_buffer(16)
    libc.prctl(15, b"renamed")
    libc.prctl(16, name)
    return name.value == b"renamed"


def change_personality(place):
    """24 no randomized addresses, for instance"""
    import ctypes

    libc = ctypes.CDLL(None)
    libc.personality(ctypes.c_ulong(0x0040000))
    return libc.personality(ctypes.c_ulong(0xFFFFFFFF)) == 0x0040000


def restrict_oneself_further(place):
    """24 a filter of one's own could fake answers to our code"""
    import ctypes

    libc = ctypes.CDLL(None)
    return libc.prctl(38, 1, 0, 0, 0) == 0


def open_a_terminal(place):
    """25 typing into one needs one"""
    import os

    return os.isatty(os.openpty()[0])


def read_the_environment(place):
    """26"""
    import os

    return place["token"] in os.environ.values()


def read_the_command_line(place):
    """26 shows what the grader was started with"""
    return len(open("/proc/self/cmdline").read()) > 0


def look_around_here(place):
    """26 the working folder"""
    import os

    return len(os.listdir(".")) > 0 and os.getcwd() == place["folder"]


def put_the_channel_in_another_mode(place):
    """20 it is shared with the grader's end of things"""
    import fcntl
    import os

    before = fcntl.fcntl(1, fcntl.F_GETFL)
    fcntl.fcntl(1, fcntl.F_SETFL, before | os.O_NONBLOCK)
    return bool(fcntl.fcntl(1, fcntl.F_GETFL) & os.O_NONBLOCK)
