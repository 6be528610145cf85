namespace AgentTeams.Servers;

/// <summary>Bubblewrap, 0.8 or newer.</summary>
internal sealed class Bubblewrap : Isolation
{
    public override string Name => "bubblewrap";

    public override IReadOnlyList<string> Needs => Environment.IsPrivilegedProcess ? ["bwrap", "unshare", "setpriv"] : ["bwrap"];

    public override string Advice => "Install bubblewrap 0.8 or newer (apt install bubblewrap, dnf install bubblewrap)";

    protected override IReadOnlyList<string> Enclose(SandboxLayout layout, IReadOnlyList<string> command) =>
    [
        "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--cap-drop", "ALL",
        .. layout.Shown.SelectMany(s => new[] { "--ro-bind", s.Source, s.Target }),
        .. layout.Links.SelectMany(l => new[] { "--symlink", l.Target, l.Name }),
        "--proc", "/proc", "--dev", "/dev", "--size", "1048576", "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
        "--size", Invariant($"{layout.ScratchBytes}"), "--perms", "1777", "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp", "--", .. command,
    ];
}
