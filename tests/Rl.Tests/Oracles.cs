using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>The numbers that <c>tests/oracles/make_rl.py</c> computed.</summary>
internal static class Oracles
{
    public static JsonElement Load(string part) => JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "oracles", "rl", "oracles.json"))).GetProperty(part);

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static double[] Numbers(this JsonElement element, params string[] path)
    {
        foreach (var name in path) element = element.GetProperty(name);
        return [.. element.EnumerateArray().Select(e => e.GetDouble())];
    }

    public static float[] Floats(this JsonElement element, string name) => [.. element.Numbers(name).Select(n => (float)n)];
}
