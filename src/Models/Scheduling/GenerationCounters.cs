namespace AgentTeams.Models;

/// <summary>What a scheduler has done so far; counted on its thread, read from any.</summary>
internal sealed class GenerationCounters
{
    private long _promptTokens;
    private long _prefilledTokens;
    private long _generatedTokens;
    private long _passes;

    /// <summary>A prompt joined.</summary>
    public void Joined(int promptTokens) => Interlocked.Add(ref _promptTokens, promptTokens);

    /// <summary>A forward pass began.</summary>
    public void Passed(int prefilledTokens)
    {
        Interlocked.Add(ref _prefilledTokens, prefilledTokens);
        Interlocked.Increment(ref _passes);
    }

    /// <summary>Tokens were drawn.</summary>
    public void Generated(int tokens) => Interlocked.Add(ref _generatedTokens, tokens);

    public GenerationStatistics Read() => new()
    {
        PromptTokens = Interlocked.Read(ref _promptTokens), PrefilledTokens = Interlocked.Read(ref _prefilledTokens),
        GeneratedTokens = Interlocked.Read(ref _generatedTokens), Passes = Interlocked.Read(ref _passes),
    };
}
