namespace AgentTeams.Servers;

/// <summary>The namespaces of util-linux's unshare, and a small script that mounts.</summary>
internal sealed class Unshare : Isolation
{
    // Process 1 of the namespace: it mounts, gives up every capability for the program, and waits. When it ends, the kernel ends all others.
    private const string Mount = """
        exec 3<&0
        root=$1; scratch=$2; shift 2
        mount -t tmpfs -o size=1m,mode=755,nosuid,nodev tmpfs "$root"
        cd "$root"
        while [ "$1" != -- ]; do
          if [ -d "$1" ]; then mkdir -p ".$2"; else mkdir -p ".${2%/*}"; : > ".$2"; fi
          mount --bind "$1" ".$2"; mount -o remount,bind,ro,nosuid,nodev ".$2"; shift 2
        done
        shift
        while [ "$1" != -- ]; do ln -s "$2" ".$1"; shift 2; done
        shift
        mkdir -p proc dev tmp
        for device in null zero full random urandom; do : > dev/$device; mount --bind /dev/$device dev/$device; done
        ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
        mkdir dev/shm; mount -t tmpfs -o size=1m,mode=1777,nosuid,nodev tmpfs dev/shm
        mount -t proc -o nosuid,nodev,noexec proc proc
        mount -t tmpfs -o size="$scratch",mode=1777,nosuid,nodev tmpfs tmp
        hostname sandbox || true
        echo 0 > proc/sys/user/max_user_namespaces
        mount -o remount,bind,ro,nosuid,nodev "$root"
        cd "$root"
        pivot_root . .
        umount -l .
        cd /tmp
        # A background job reads nothing unless it is told what; what the shell says of how it ended is not the program's.
        setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@" <&3 3<&- &
        exec 3<&- 2> /dev/null
        set +e
        wait $!
        exit $?
        """;

    public override string Name => "unshare";

    public override IReadOnlyList<string> Needs => ["unshare", "setpriv", "prlimit", "pivot_root"];

    public override string Advice => "allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0; in a container, a seccomp profile that allows unshare and mount)";

    protected override IReadOnlyList<string> Enclose(SandboxLayout layout, IReadOnlyList<string> command) =>
    [
        "setpriv", "--pdeathsig", "KILL",
        "unshare", "--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child=SIGKILL", "--",
        "sh", "-ec", Mount, "sandbox", layout.Root, Invariant($"{layout.ScratchBytes}"),
        .. layout.Shown.SelectMany(s => new[] { s.Source, s.Target }), "--", .. layout.Links.SelectMany(l => new[] { l.Name, l.Target }), "--", .. command,
    ];
}
