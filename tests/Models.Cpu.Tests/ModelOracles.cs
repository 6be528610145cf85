namespace AgentTeams.Tests;

/// <summary>Tiny checkpoints, and what PyTorch computed for them.</summary>
internal static class ModelOracles
{
    public const string Root = "oracles/models";

    public static string PathOf(string folder) => SharedData.Find(Path.Combine(Root, folder))!;

    public static IReadOnlyDictionary<string, SafeTensor> Reference(string folder) => SafeTensors.Read(Path.Combine(PathOf(folder), "reference.safetensors"));

    public static List<int[]> Sequences(IReadOnlyDictionary<string, SafeTensor> reference, string name)
    {
        var tensor = reference[name];
        return [.. Enumerable.Range(0, tensor.Shape[0]).Select(r => tensor.Values.Skip(r * tensor.Shape[1]).Take(tensor.Shape[1]).Select(v => (int)v).ToArray())];
    }

    public static List<TrainingRow> NextTokenRows(List<int[]> sequences)
    {
        var count = sequences.Sum(s => s.Length - 1);
        return [.. sequences.Select(s => new TrainingRow { PromptIds = [s[0]], CompletionIds = s[1..], Weights = [.. s[1..].Select(_ => 1f / count)] })];
    }

    public static float MaxDifference(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();
}
