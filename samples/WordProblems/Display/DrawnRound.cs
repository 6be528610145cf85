using System.Globalization;
using System.Text.Json;

namespace AgentTeams.Samples.WordProblems;

/// <summary>One pass from plan to verdict, as recorded.</summary>
/// <param name="Number">One-based.</param>
/// <param name="Steps">The round's calls in commit order.</param>
internal sealed record DrawnRound(int Number, IReadOnlyList<RoundStep> Steps)
{
    /// <summary>What the calculator said last; null if it was not asked or failed.</summary>
    public double? Value => Steps.LastOrDefault(s => s.Kind == StepKind.Calculator) is { } step
        && double.TryParse(step.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The rounds of a run; functions between the calls are left out.</summary>
    public static IReadOnlyList<DrawnRound> Of(Trajectory trajectory) =>
        [.. trajectory.Nodes.Where(n => n.Kind is NodeKind.Role or NodeKind.Tool).GroupBy(n => n.Turn).OrderBy(g => g.Key)
            .Select((turn, i) => new DrawnRound(i + 1, [.. turn.Select(RoundStep.Of)]))];
}

/// <summary>One call of a round.</summary>
/// <param name="Name">The workflow node.</param>
/// <param name="Text">What came out of it.</param>
/// <param name="Kind">How to draw it.</param>
internal sealed record RoundStep(string Name, string Text, StepKind Kind)
{
    public static RoundStep Of(TrajectoryNode node)
    {
        if (node.Error is { } error) return new(node.Name, error.Message, StepKind.Failed);
        if (node.Kind == NodeKind.Tool) return new(node.Name, TextOf(node.Result), StepKind.Calculator);
        var text = node.Text;
        return new(node.Name, text, node.Role != Prompts.Verifier ? StepKind.Writer : text == Prompts.Accept ? StepKind.Accepted : StepKind.Rejected);
    }

    private static string TextOf(JsonElement? result) => result switch
    {
        null => Prompts.NoValue,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
    };
}

/// <summary>What a step of a round is.</summary>
internal enum StepKind
{
    /// <summary>A plan or an expression.</summary>
    Writer,

    /// <summary>A computed value.</summary>
    Calculator,

    /// <summary>A verdict that accepts.</summary>
    Accepted,

    /// <summary>A verdict that asks for a retry.</summary>
    Rejected,

    /// <summary>A call that went wrong.</summary>
    Failed,
}
