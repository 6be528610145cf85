namespace AgentTeams.Models;

/// <summary>Where a vLLM server is that holds the same base model, and how adapters reach it.</summary>
public sealed record VllmOptions : IChecked
{
    /// <summary>The server's address, for example <c>http://localhost:8000/</c>.</summary>
    public required Uri Address { get; init; }

    /// <summary>A folder that this process writes and the server reads; each version of an adapter is a folder in it.</summary>
    public required string AdapterDirectory { get; init; }

    /// <summary>The path of <see cref="AdapterDirectory"/> on the server, where that is another machine or container.</summary>
    /// <value>Null, the default, for the same path.</value>
    public string? ServerAdapterDirectory { get; init; }

    /// <summary>The name under which the server serves the base model.</summary>
    /// <value>Null, the default, for the local model's id.</value>
    public string? ServedModelName { get; init; }

    /// <summary>The most tokens of a reply that sets no limit of its own.</summary>
    /// <value>At least 1; 512 by default.</value>
    public int DefaultMaxOutputTokens { get; init; } = 512;

    void IChecked.Check(OptionChecks checks) => checks
        .RequireThat(Address is { IsAbsoluteUri: true }, "Address is no absolute address; give one, for example http://localhost:8000/.")
        .RequireThat(!string.IsNullOrWhiteSpace(AdapterDirectory), "AdapterDirectory is empty; name a folder that the server reads too.")
        .AtLeast(1, DefaultMaxOutputTokens);
}
