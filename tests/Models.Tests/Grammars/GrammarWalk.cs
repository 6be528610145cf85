using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>Replies that a model without any knowledge samples under the grammar of a schema.</summary>
internal static class GrammarWalk
{
    public static string Sample(string schema, int seed, int maxTokens = 400)
    {
        var request = TestTokenizer.Request(TestTokenizer.Compile(schema), maxTokens, seed);
        var result = TestTokenizer.Sample(request, TestTokenizer.RandomLogits(seed));
        return TestTokenizer.Instance.Decode(result.Ids);
    }

    public static bool Accepts(string schema, string text)
    {
        using var parsed = JsonDocument.Parse(schema);
        var automaton = new GrammarAutomaton(Grammar.Parse(Grammar.ForSchema(parsed.RootElement)), 64 << 20);
        var state = automaton.Start;
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(text)) state = automaton.Next(state, b);
        return state.IsComplete;
    }
}
