namespace AgentTeams.Models;

/// <summary>Computes expressions as Python's Jinja does.</summary>
internal sealed class JinjaEvaluator(JinjaBudget budget)
{
    public object? Evaluate(JinjaExpression expression, JinjaScope scope)
    {
        budget.Step();
        switch (expression)
        {
            case JinjaExpression.Constant constant:
                return constant.Value;
            case JinjaExpression.Variable variable:
                return scope[variable.Name];
            case JinjaExpression.Sequence sequence:
                var items = sequence.Items.Select(i => Evaluate(i, scope));
                return sequence.IsTuple ? new JinjaTuple(items) : items.ToList();
            case JinjaExpression.Map map:
                var entries = new JinjaMap();
                foreach (var (key, value) in map.Items) entries[JinjaValues.Key(Evaluate(key, scope))] = Evaluate(value, scope);
                return entries;
            case JinjaExpression.Unary unary:
                return Unary(unary.Operator, Evaluate(unary.Operand, scope));
            case JinjaExpression.Binary { Operator: "and" or "or" } logical:
                var left = Evaluate(logical.Left, scope);
                return JinjaValues.IsTrue(left) == (logical.Operator == "or") ? left : Evaluate(logical.Right, scope);
            case JinjaExpression.Binary binary:
                return JinjaOperators.Apply(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), budget);
            case JinjaExpression.Comparison comparison:
                return Compare(comparison, scope);
            case JinjaExpression.Conditional conditional:
                return JinjaValues.IsTrue(Evaluate(conditional.Condition, scope))
                    ? Evaluate(conditional.Then, scope)
                    : conditional.Else is null ? new JinjaUndefined("else") : Evaluate(conditional.Else, scope);
            case JinjaExpression.Member member:
                return Member(member, scope);
            case JinjaExpression.Slice slice:
                return JinjaOperators.Slice(Evaluate(slice.Target, scope), Bound(slice.From), Bound(slice.To), Bound(slice.Step));
            case JinjaExpression.Filter filter:
                return JinjaFilters.Apply(filter.Name, Evaluate(filter.Target!, scope), Arguments(filter.Name, filter.Arguments, scope));
            case JinjaExpression.Test test:
                return JinjaTests.Holds(test.Name, Evaluate(test.Target, scope), Arguments(test.Name, test.Arguments, scope));
            default:
                return Call((JinjaExpression.Call)expression, scope);
        }

        long? Bound(JinjaExpression? bound) => bound is null || Evaluate(bound, scope) is not { } value ? null : JinjaValues.Integer(value);
    }

    public JinjaArguments Arguments(string function, JinjaArgumentList list, JinjaScope scope) => new(
        function, [.. list.Positional.Select(a => Evaluate(a, scope))],
        list.Named.ToDictionary(a => a.Name, a => Evaluate(a.Value, scope), StringComparer.Ordinal));

    /// <summary>What a value holds under a name or at an index; undefined where there is nothing.</summary>
    /// <exception cref="JinjaException">The value itself is undefined.</exception>
    public static object? Member(object? target, object? name) => target switch
    {
        JinjaUndefined => throw new JinjaException($"{JinjaValues.TypeOf(target)} has no '{JinjaValues.Text(name)}'"),
        JinjaMap map when name is string or long or double or bool && map.TryGetValue(JinjaValues.Key(name), out var value) => value,
        JinjaNamespace space when name is string key && space.Values.TryGetValue(key, out var value) => value,
        JinjaMarkup => throw new JinjaException($"'{JinjaValues.Text(name)}' of escaped text is not supported"),
        JinjaView { Kind: JinjaView.Range } range when name is long or bool => At(range.Items, JinjaValues.Integer(name)),
        JinjaLoop loop when name is string key => loop.Of(key),
        List<object?> list when name is long or bool => At(list, JinjaValues.Integer(name)),
        string text when name is long or bool => At([.. JinjaText.Characters(text)], JinjaValues.Integer(name)),
        _ when name is string method && JinjaMethods.Of(target, method) is { } function => function,
        _ => new JinjaUndefined(JinjaValues.Text(name)),
    };

    private object? Member(JinjaExpression.Member member, JinjaScope scope)
    {
        var (target, name) = (Evaluate(member.Target, scope), Evaluate(member.Name, scope));
        // Behind a dot, what Python's own type has goes first; between brackets, what the value holds.
        return member.IsAttribute && target is JinjaMap && JinjaMethods.Of(target, (name as string)!) is { } method ? method : Member(target, name);
    }

    private static object? At(List<object?> list, long index)
    {
        if (index < 0) index += list.Count;
        return index >= 0 && index < list.Count ? list[(int)index] : new JinjaUndefined("item");
    }

    private static object? Unary(string sign, object? value) => (sign, value) switch
    {
        ("not", _) => (object)!JinjaValues.IsTrue(value),
        ("-", double d) => (object)-d,
        ("-", _) => -JinjaValues.Integer(value),
        (_, double d) => d,
        _ => JinjaValues.Integer(value),
    };

    private bool Compare(JinjaExpression.Comparison comparison, JinjaScope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (sign, operand) in comparison.Rest)
        {
            var right = Evaluate(operand, scope);
            var holds = sign switch
            {
                "==" => JinjaValues.AreEqual(left, right),
                "!=" => !JinjaValues.AreEqual(left, right),
                "in" => JinjaValues.Contains(right, left),
                "not in" => !JinjaValues.Contains(right, left),
                "<" => JinjaValues.Compare(left, right) < 0,
                "<=" => JinjaValues.Compare(left, right) <= 0,
                ">" => JinjaValues.Compare(left, right) > 0,
                _ => JinjaValues.Compare(left, right) >= 0,
            };
            if (!holds) return false;
            left = right;
        }

        return true;
    }

    private object? Call(JinjaExpression.Call call, JinjaScope scope)
    {
        var name = call.Target switch
        {
            JinjaExpression.Variable variable => variable.Name,
            JinjaExpression.Member { Name: JinjaExpression.Constant { Value: string method } } => method,
            _ => "a value",
        };
        return Evaluate(call.Target, scope) is JinjaFunction function
            ? function(Arguments(name, call.Arguments, scope))
            : throw new JinjaException($"'{name}' is called but is no function that is supported");
    }
}
