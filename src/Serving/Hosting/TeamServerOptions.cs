using System.Net;

namespace AgentTeams.Serving;

/// <summary>What a server of its own serves, and where it listens.</summary>
/// <example><code>new TeamServerOptions { Models = { ["coder"] = client }, Port = 8080 }</code></example>
public sealed record TeamServerOptions : ServingOptions
{
    /// <summary>The address to listen on, for example <see cref="IPAddress.Any"/> for all of this machine.</summary>
    /// <value>Only this machine by default, 127.0.0.1. Any other than a loopback address needs an <see cref="ServingOptions.ApiKey"/>.</value>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on.</summary>
    /// <value>0 to 65535, 0 for any that is free; 8080 by default.</value>
    public int Port { get; init; } = 8080;

    /// <summary>How long requests under way may go on when the server is disposed; then they are cancelled.</summary>
    /// <value>Not negative; 5 seconds by default.</value>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);

    internal bool IsLocal => IPAddress.IsLoopback(Address);

    private protected override void CheckAll(OptionChecks checks)
    {
        base.CheckAll(checks);
        checks
            .Within(0, IPEndPoint.MaxPort, Port)
            .Require(ShutdownTimeout >= TimeSpan.Zero, ShutdownTimeout, "0 or more")
            .RequireThat(IsLocal || ApiKey is not null,
                $"Address is {Address}, which others can reach, and ApiKey is null; give a key, or listen on IPAddress.Loopback.");
    }
}
