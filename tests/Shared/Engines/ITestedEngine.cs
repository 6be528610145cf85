namespace AgentTeams.Tests;

/// <summary>An engine as the tests see it that all engines share.</summary>
public interface ITestedEngine
{
    /// <summary>The cases of <c>tests/oracles/families</c> that it computes.</summary>
    static abstract IReadOnlyList<string> Computed { get; }

    /// <summary>Those that it refuses, each with what its message names.</summary>
    static abstract IReadOnlyList<(string Case, string Named)> Refused { get; }

    /// <summary>By how much two ways to compute the same may differ: 0 of an exact engine.</summary>
    static abstract float Tolerance { get; }

    /// <summary>The model of a folder.</summary>
    /// <param name="folder">Holds the weights.</param>
    /// <param name="file">Their file.</param>
    /// <param name="checkpointing">Whether training computes activations again.</param>
    static abstract LocalLanguageModel Load(string folder, string file, bool checkpointing);

    /// <summary>A tiny model with random weights, the same on every engine.</summary>
    static abstract LocalLanguageModel Create();

    /// <summary>The model's own weights as they are now.</summary>
    static abstract IReadOnlyList<TestedParameter> ParametersOf(LocalLanguageModel model);
}

/// <summary>A tensor of a model, and its gradient where one was accumulated.</summary>
public sealed record TestedParameter(string Name, float[] Values, float[] Gradient);
