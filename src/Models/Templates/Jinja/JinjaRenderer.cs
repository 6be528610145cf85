using System.Text;

namespace AgentTeams.Models;

/// <summary>Runs the statements of a template.</summary>
internal sealed class JinjaRenderer
{
    private readonly JinjaBudget _budget = new();
    private readonly JinjaEvaluator _evaluator;
    private readonly JinjaScope _globals;
    private StringBuilder _output = new();

    public JinjaRenderer(JinjaScope globals) => (_evaluator, _globals) = (new JinjaEvaluator(_budget), globals);

    /// <summary>What a loop does after a statement.</summary>
    private enum Flow
    {
        Next,
        Continue,
        Break,
    }

    public string Render(IReadOnlyList<JinjaStatement> template)
    {
        Run(template, _globals);
        return _output.ToString();
    }

    private Flow Run(IReadOnlyList<JinjaStatement> body, JinjaScope scope)
    {
        foreach (var statement in body)
        {
            _budget.Step();
            if (Run(statement, scope) is var flow and not Flow.Next) return flow;
        }

        return Flow.Next;
    }

    private Flow Run(JinjaStatement statement, JinjaScope scope)
    {
        switch (statement)
        {
            case JinjaStatement.Text text:
                Write(text.Value);
                break;
            case JinjaStatement.Print print:
                Write(JinjaValues.Text(_evaluator.Evaluate(print.Value, scope)));
                break;
            case JinjaStatement.If choice:
                foreach (var (condition, body) in choice.Branches)
                {
                    if (JinjaValues.IsTrue(_evaluator.Evaluate(condition, scope))) return Run(body, scope);
                }

                return Run(choice.Else, scope);
            case JinjaStatement.For loop:
                Loop(loop, scope);
                break;
            case JinjaStatement.Set set:
                Assign(set.Names, _evaluator.Evaluate(set.Value, scope), scope);
                break;
            case JinjaStatement.SetBlock block:
                Assign([block.Name], Captured(block.Body, new JinjaScope(scope)), scope);
                break;
            case JinjaStatement.FilterBlock block:
                Write(JinjaValues.Text(JinjaFilters.Apply(block.Filter.Name, Captured(block.Body, new JinjaScope(scope)),
                    _evaluator.Arguments(block.Filter.Name, block.Filter.Arguments, scope))));
                break;
            case JinjaStatement.Macro macro:
                scope[macro.Name] = (JinjaFunction)(arguments => Call(macro, arguments, scope));
                break;
            case JinjaStatement.Break:
                return Flow.Break;
            default:
                return Flow.Continue;
        }

        return Flow.Next;
    }

    private void Loop(JinjaStatement.For loop, JinjaScope scope)
    {
        var value = _evaluator.Evaluate(loop.Items, scope);
        var items = JinjaValues.Items(value)
            .Where(item => loop.Condition is null || JinjaValues.IsTrue(_evaluator.Evaluate(loop.Condition, With(loop.Names, item, scope)))).ToList();
        for (var i = 0; i < items.Count; i++)
        {
            _budget.Step();
            var inner = With(loop.Names, items[i], scope);
            inner["loop"] = new JinjaLoop(items, i);
            if (Run(loop.Body, inner) == Flow.Break) break;
        }

        if (items.Count == 0) Run(loop.Else, new JinjaScope(scope));
    }

    private static JinjaScope With(IReadOnlyList<string> names, object? item, JinjaScope scope)
    {
        var inner = new JinjaScope(scope);
        Assign(names, item, inner);
        return inner;
    }

    private static void Assign(IReadOnlyList<string> names, object? value, JinjaScope scope)
    {
        if (names.Count > 1)
        {
            var parts = JinjaValues.Items(value).ToList();
            if (parts.Count != names.Count) throw new JinjaException($"{parts.Count} values cannot be given to the names {string.Join(", ", names)}");
            for (var i = 0; i < parts.Count; i++) scope[names[i]] = parts[i];
            return;
        }

        if (names[0].Split('.') is not [var space, var name])
            scope[names[0]] = value;
        else if (scope[space] is JinjaNamespace found)
            found.Values[name] = value;
        else
            throw new JinjaException($"'{names[0]}' is set, but only namespaces can be changed");
    }

    private string Call(JinjaStatement.Macro macro, JinjaArguments arguments, JinjaScope scope)
    {
        _budget.Enter();
        var inner = new JinjaScope(scope);
        arguments.Only(macro.Parameters.Count, [.. macro.Parameters.Select(p => p.Name)]);
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, absent) = macro.Parameters[i];
            inner[name] = arguments.Has(i, name) || absent is null ? arguments.At(i, name) : _evaluator.Evaluate(absent, inner);
        }

        var text = Captured(macro.Body, inner);
        _budget.Leave();
        return text;
    }

    private string Captured(IReadOnlyList<JinjaStatement> body, JinjaScope scope)
    {
        var outer = _output;
        _output = new StringBuilder();
        Run(body, scope);
        var text = _output.ToString();
        _output = outer;
        return text;
    }

    private void Write(string text)
    {
        _budget.Write(text.Length);
        _output.Append(text);
    }
}
