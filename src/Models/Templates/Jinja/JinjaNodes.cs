namespace AgentTeams.Models;

/// <summary>An expression of a template.</summary>
internal abstract record JinjaExpression
{
    internal sealed record Constant(object? Value) : JinjaExpression;

    internal sealed record Variable(string Name) : JinjaExpression;

    internal sealed record Sequence(IReadOnlyList<JinjaExpression> Items, bool IsTuple) : JinjaExpression;

    internal sealed record Map(IReadOnlyList<(JinjaExpression Key, JinjaExpression Value)> Items) : JinjaExpression;

    internal sealed record Unary(string Operator, JinjaExpression Operand) : JinjaExpression;

    internal sealed record Binary(string Operator, JinjaExpression Left, JinjaExpression Right) : JinjaExpression;

    /// <summary>Comparisons in a row, each with the one before it.</summary>
    internal sealed record Comparison(JinjaExpression First, IReadOnlyList<(string Operator, JinjaExpression Operand)> Rest) : JinjaExpression;

    internal sealed record Conditional(JinjaExpression Then, JinjaExpression Condition, JinjaExpression? Else) : JinjaExpression;

    internal sealed record Member(JinjaExpression Target, JinjaExpression Name, bool IsAttribute) : JinjaExpression;

    internal sealed record Slice(JinjaExpression Target, JinjaExpression? From, JinjaExpression? To, JinjaExpression? Step) : JinjaExpression;

    internal sealed record Call(JinjaExpression Target, JinjaArgumentList Arguments) : JinjaExpression;

    internal sealed record Filter(JinjaExpression? Target, string Name, JinjaArgumentList Arguments) : JinjaExpression;

    internal sealed record Test(JinjaExpression Target, string Name, JinjaArgumentList Arguments) : JinjaExpression;
}

/// <summary>The arguments of a call as they are written.</summary>
internal sealed record JinjaArgumentList(IReadOnlyList<JinjaExpression> Positional, IReadOnlyList<(string Name, JinjaExpression Value)> Named)
{
    public static JinjaArgumentList None { get; } = new([], []);
}

/// <summary>A statement of a template.</summary>
internal abstract record JinjaStatement
{
    internal sealed record Text(string Value) : JinjaStatement;

    internal sealed record Print(JinjaExpression Value, int Line) : JinjaStatement;

    internal sealed record If(IReadOnlyList<(JinjaExpression Condition, IReadOnlyList<JinjaStatement> Body)> Branches,
        IReadOnlyList<JinjaStatement> Else) : JinjaStatement;

    internal sealed record For(IReadOnlyList<string> Names, JinjaExpression Items, JinjaExpression? Condition, IReadOnlyList<JinjaStatement> Body,
        IReadOnlyList<JinjaStatement> Else) : JinjaStatement;

    /// <summary>Sets variables, or with a dot in the one name a value of a namespace.</summary>
    internal sealed record Set(IReadOnlyList<string> Names, JinjaExpression Value) : JinjaStatement;

    internal sealed record SetBlock(string Name, IReadOnlyList<JinjaStatement> Body) : JinjaStatement;

    internal sealed record Macro(string Name, IReadOnlyList<(string Name, JinjaExpression? Default)> Parameters,
        IReadOnlyList<JinjaStatement> Body) : JinjaStatement;

    internal sealed record FilterBlock(JinjaExpression.Filter Filter, IReadOnlyList<JinjaStatement> Body) : JinjaStatement;

    internal sealed record Break : JinjaStatement;

    internal sealed record Continue : JinjaStatement;
}
