namespace AgentTeams.Tests;

/// <summary>The tiny checkpoints for which <c>tests/oracles/make_families.py</c> wrote down what PyTorch computes.</summary>
internal static class ModelOracles
{
    private static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "oracles", "families");

    /// <summary>All cases, those included that no engine computes.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateDirectories(Root).Select(d => Path.GetFileName(d)!);

    public static string PathOf(string name) => Path.Combine(Root, name);

    public static float MaxDifference(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();
}
