namespace AgentTeams.Servers;

/// <summary>What is searched, and how.</summary>
internal sealed record RetrieverOptions
{
    /// <summary>The folder of the texts.</summary>
    public required string Folder { get; init; }

    /// <summary>The file of the index; null keeps it in memory.</summary>
    public string? Index { get; init; }

    /// <summary>What the names of text files end in.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [".txt", ".md"];

    /// <summary>Characters of a chunk.</summary>
    public int ChunkSize { get; init; } = 1000;

    /// <summary>Characters that neighbouring chunks share, at most.</summary>
    public int Overlap { get; init; } = 200;

    /// <summary>Larger files are left out.</summary>
    public long MaxFileBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Lines that one read returns, at most.</summary>
    public int MaxLines { get; init; } = 400;

    /// <exception cref="RetrieverException">A number is out of its range.</exception>
    public void Check()
    {
        if (ChunkSize is < 100 or > 100_000) throw new RetrieverException($"--chunk is {ChunkSize}; give 100 to 100000.");
        if (Overlap < 0 || Overlap >= ChunkSize) throw new RetrieverException($"--overlap is {Overlap}; give 0 or more, and less than --chunk, which is {ChunkSize}.");
    }
}
