using System.Globalization;

namespace AgentTeams.Models;

/// <summary>Reads expressions, by precedence from the weakest operator to the strongest.</summary>
internal sealed class JinjaExpressionParser(JinjaTokens tokens)
{
    private const int MaxDepth = 200;
    private static readonly string[] s_comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private int _depth;

    /// <summary>An expression; without brackets, commas make a tuple of several.</summary>
    public JinjaExpression Tuple()
    {
        var first = Expression();
        if (!tokens.IsSign(",")) return first;
        var items = new List<JinjaExpression> { first };
        while (tokens.TakeSign(",") && tokens.Current.Kind is not (JinjaTokenKind.BlockEnd or JinjaTokenKind.PrintEnd) && !tokens.IsSign(")"))
            items.Add(Expression());
        return new JinjaExpression.Sequence(items, IsTuple: true);
    }

    public JinjaExpression Expression(bool conditional = true)
    {
        if (++_depth > MaxDepth) throw tokens.Wrong($"expressions nest deeper than {MaxDepth}");
        var value = Or();
        while (conditional && tokens.TakeName("if"))
        {
            var condition = Or();
            value = new JinjaExpression.Conditional(value, condition, tokens.TakeName("else") ? Expression() : null);
        }

        _depth--;
        return value;
    }

    /// <summary>The arguments of a call, after its bracket.</summary>
    public JinjaArgumentList Arguments()
    {
        var (positional, named) = (new List<JinjaExpression>(), new List<(string, JinjaExpression)>());
        while (!tokens.TakeSign(")"))
        {
            if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.IsFollowedBy(JinjaTokenKind.Sign, "="))
            {
                var name = tokens.ExpectName();
                tokens.Next();
                named.Add((name, Expression()));
            }
            else
            {
                if (tokens.IsSign("*") || tokens.IsSign("**")) throw tokens.Wrong("arguments that are spread are not supported");
                positional.Add(Expression());
            }

            if (!tokens.IsSign(")")) tokens.Expect(JinjaTokenKind.Sign, ",");
        }

        return new(positional, named);
    }

    /// <summary>A filter after its bar, or at the beginning of a filter block.</summary>
    public JinjaExpression.Filter Filter(JinjaExpression? target)
    {
        var name = tokens.ExpectName();
        if (!JinjaFilters.Knows(name)) throw tokens.Wrong($"the filter '{name}' is not supported");
        return new(target, name, tokens.TakeSign("(") ? Arguments() : JinjaArgumentList.None);
    }

    private JinjaExpression Or()
    {
        var left = And();
        while (tokens.TakeName("or")) left = new JinjaExpression.Binary("or", left, And());
        return left;
    }

    private JinjaExpression And()
    {
        var left = Not();
        while (tokens.TakeName("and")) left = new JinjaExpression.Binary("and", left, Not());
        return left;
    }

    private JinjaExpression Not()
    {
        if (++_depth > MaxDepth) throw tokens.Wrong($"expressions nest deeper than {MaxDepth}");
        var value = tokens.TakeName("not") ? new JinjaExpression.Unary("not", Not()) : Compare();
        _depth--;
        return value;
    }

    private JinjaExpression Compare()
    {
        var first = Sum();
        var rest = new List<(string, JinjaExpression)>();
        while (true)
        {
            if (tokens.Current.Kind == JinjaTokenKind.Sign && s_comparisons.Contains(tokens.Current.Value)) rest.Add((tokens.Next().Value, Sum()));
            else if (tokens.TakeName("in")) rest.Add(("in", Sum()));
            else if (tokens.IsName("not") && tokens.IsFollowedBy(JinjaTokenKind.Name, "in"))
            {
                tokens.Next();
                tokens.Next();
                rest.Add(("not in", Sum()));
            }
            else return rest.Count == 0 ? first : new JinjaExpression.Comparison(first, rest);
        }
    }

    private JinjaExpression Sum() => Binary(Concatenation, "+", "-");

    private JinjaExpression Concatenation() => Binary(Product, "~");

    private JinjaExpression Product() => Binary(Power, "*", "/", "//", "%");

    private JinjaExpression Binary(Func<JinjaExpression> operand, params ReadOnlySpan<string> signs)
    {
        var left = operand();
        while (tokens.Current.Kind == JinjaTokenKind.Sign && signs.Contains(tokens.Current.Value))
            left = new JinjaExpression.Binary(tokens.Next().Value, left, operand());
        return left;
    }

    // As in Jinja, and not in Python, a sign binds more tightly than a power, and powers go from left to right.
    private JinjaExpression Power() => Binary(() => Unary(filters: true), "**");

    private JinjaExpression Unary(bool filters)
    {
        if (++_depth > MaxDepth) throw tokens.Wrong($"expressions nest deeper than {MaxDepth}");
        var value = tokens.IsSign("-") || tokens.IsSign("+") ? new JinjaExpression.Unary(tokens.Next().Value, Unary(filters: false)) : Postfix(Primary());
        _depth--;
        return filters ? Filtered(value) : value;
    }

    private JinjaExpression Filtered(JinjaExpression value)
    {
        while (true)
        {
            if (tokens.TakeSign("|")) value = Filter(value);
            else if (tokens.TakeName("is")) value = Test(value);
            else return value;
        }
    }

    private JinjaExpression Test(JinjaExpression value)
    {
        var negated = tokens.TakeName("not");
        var name = tokens.ExpectName();
        if (!JinjaTests.Knows(name)) throw tokens.Wrong($"the test '{name}' is not supported");
        var arguments = JinjaArgumentList.None;
        if (tokens.TakeSign("(")) arguments = Arguments();
        else if (JinjaTests.TakesOperand(name)) arguments = new([Postfix(Primary())], []);
        JinjaExpression test = new JinjaExpression.Test(value, name, arguments);
        return negated ? new JinjaExpression.Unary("not", test) : test;
    }

    private JinjaExpression Postfix(JinjaExpression value)
    {
        while (true)
        {
            if (tokens.TakeSign("."))
            {
                value = new JinjaExpression.Member(value,
                    new JinjaExpression.Constant(tokens.Current.Kind == JinjaTokenKind.Integer ? Integer() : tokens.ExpectName()), IsAttribute: true);
            }
            else if (tokens.TakeSign("[")) value = Subscript(value);
            else if (tokens.TakeSign("(")) value = new JinjaExpression.Call(value, Arguments());
            else return value;
        }
    }

    private JinjaExpression Subscript(JinjaExpression target)
    {
        var parts = new JinjaExpression?[3];
        var colons = 0;
        while (!tokens.TakeSign("]"))
        {
            if (tokens.TakeSign(":")) colons++;
            else if (colons > 2 || parts[colons] is not null) throw tokens.Wrong("a subscript holds one value, or a slice");
            else parts[colons] = Expression();
        }

        return colons > 0
            ? new JinjaExpression.Slice(target, parts[0], parts[1], parts[2])
            : new JinjaExpression.Member(target, parts[0] ?? throw tokens.Wrong("a subscript is empty"), IsAttribute: false);
    }

    private JinjaExpression Primary()
    {
        switch (tokens.Current.Kind)
        {
            case JinjaTokenKind.String:
                var text = tokens.Next().Value;
                while (tokens.Current.Kind == JinjaTokenKind.String) text += tokens.Next().Value;
                return new JinjaExpression.Constant(text);
            case JinjaTokenKind.Integer:
                return new JinjaExpression.Constant(Integer());
            case JinjaTokenKind.Float:
                return new JinjaExpression.Constant(double.Parse(tokens.Next().Value, CultureInfo.InvariantCulture));
            case JinjaTokenKind.Name:
                return tokens.Next().Value switch
                {
                    "true" or "True" => new JinjaExpression.Constant(true),
                    "false" or "False" => new JinjaExpression.Constant(false),
                    "none" or "None" => new JinjaExpression.Constant(null),
                    var name => new JinjaExpression.Variable(name),
                };
            default:
                if (tokens.TakeSign("(")) return Bracket();
                if (tokens.TakeSign("[")) return new JinjaExpression.Sequence(List("]"), IsTuple: false);
                if (tokens.TakeSign("{")) return Map();
                throw tokens.Wrong($"'{tokens.Current.Value}' stands where a value is expected");
        }
    }

    private long Integer() =>
        long.TryParse(tokens.Current.Value.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? tokens.Next() is var _ ? value : 0
        : throw tokens.Wrong($"the number {tokens.Current.Value} does not fit 64 bits");

    private JinjaExpression Bracket()
    {
        if (tokens.TakeSign(")")) return new JinjaExpression.Sequence([], IsTuple: true);
        var value = Tuple();
        tokens.Expect(JinjaTokenKind.Sign, ")");
        return value;
    }

    private List<JinjaExpression> List(string close)
    {
        var items = new List<JinjaExpression>();
        while (!tokens.TakeSign(close))
        {
            items.Add(Expression());
            if (!tokens.IsSign(close)) tokens.Expect(JinjaTokenKind.Sign, ",");
        }

        return items;
    }

    private JinjaExpression.Map Map()
    {
        var items = new List<(JinjaExpression, JinjaExpression)>();
        while (!tokens.TakeSign("}"))
        {
            var key = Expression();
            tokens.Expect(JinjaTokenKind.Sign, ":");
            items.Add((key, Expression()));
            if (!tokens.IsSign("}")) tokens.Expect(JinjaTokenKind.Sign, ",");
        }

        return new(items);
    }
}
