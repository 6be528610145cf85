namespace AgentTeams.Benchmarks.Models;

/// <summary>Another engine that does the same work on the same weights.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>What its figures are called.</summary>
    string Name { get; }

    /// <summary>Engine and version.</summary>
    string Version { get; }

    /// <summary>The loss of its first training step, by which it shows that it does the same work; null if it does not train.</summary>
    double? FirstLoss { get; }

    /// <summary>Trained tokens per second, over some steps with clipping and AdamW; null if it does not train.</summary>
    double? Train();

    /// <summary>Greedy completions of distinct prompts.</summary>
    /// <param name="batch">How many at once.</param>
    Rates Decode(int batch);
}

/// <summary>What generation takes.</summary>
/// <param name="Prefill">Prompt tokens per second.</param>
/// <param name="New">New tokens per second after the prompts.</param>
/// <param name="Whole">New tokens per second, prompts included.</param>
internal readonly record struct Rates(double Prefill, double New, double Whole)
{
    /// <summary>The rates of a batch by what the prompts with one new token each, and all of it, took.</summary>
    public static Rates Of(int batch, int prompt, int completion, double promptSeconds, double wholeSeconds) =>
        new(batch * prompt / promptSeconds, batch * (completion - 1) / Math.Max(wholeSeconds - promptSeconds, 1e-9), batch * completion / wholeSeconds);
}
