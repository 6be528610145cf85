using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>The shared numbers; only for tests that carry <see cref="SharedDataFactAttribute"/>.</summary>
internal static class Oracles
{
    public const string File = "oracles/rl/rl_oracles.json";

    public static JsonElement Load()
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(SharedData.Find(File)!));
        return document.RootElement.Clone();
    }

    public static double[] Numbers(this JsonElement element, params string[] path)
    {
        foreach (var name in path) element = element.GetProperty(name);
        return [.. element.EnumerateArray().Select(e => e.GetDouble())];
    }
}
