namespace AgentTeams.Models;

/// <summary>
/// A template in the language of Jinja 2, as far as chat templates use it: what it does not know is refused by name, when the
/// template is read wherever that shows, else when it is rendered.
/// </summary>
internal sealed class JinjaTemplate
{
    private const long MaxRange = 100_000;
    private readonly IReadOnlyList<JinjaStatement> _body;

    /// <exception cref="JinjaException">The template is malformed, or says what is not supported.</exception>
    public JinjaTemplate(string source) => _body = JinjaParser.Parse(source);

    /// <exception cref="JinjaException">The template refuses the values, or does with them what is not supported.</exception>
    public string Render(IEnumerable<(string Name, object? Value)> variables)
    {
        var scope = new JinjaScope(null)
        {
            ["range"] = (JinjaFunction)Range,
            ["namespace"] = (JinjaFunction)Namespace,
            ["dict"] = (JinjaFunction)(a => JinjaJson.Map(a.Only(0, [.. a.Named.Keys]).Named.Select(p => (p.Key, p.Value)))),
            ["raise_exception"] = (JinjaFunction)(a => throw new JinjaException($"it refuses the conversation: {JinjaValues.Text(a.Required(0, "message"))}")),
        };
        foreach (var (name, value) in variables) scope[name] = value;
        return new JinjaRenderer(new JinjaScope(scope)).Render(_body);
    }

    private static object? Range(JinjaArguments arguments)
    {
        var numbers = arguments.Only(3).Positional.Select(JinjaValues.Integer).ToList();
        var (from, to, step) = numbers.Count switch
        {
            1 => (0, numbers[0], 1),
            2 => (numbers[0], numbers[1], 1),
            3 => (numbers[0], numbers[1], numbers[2]),
            _ => throw new JinjaException("'range' takes one to three integers"),
        };
        if (step == 0) throw new JinjaException("the step of 'range' is 0");
        if (Math.Abs((double)to - from) / Math.Abs(step) > MaxRange) throw new JinjaException($"'range' has more than {MaxRange} numbers");
        var items = new List<object?>();
        for (var i = from; step > 0 ? i < to : i > to; i += step) items.Add(i);
        return new JinjaView(JinjaView.Range, items);
    }

    private static JinjaNamespace Namespace(JinjaArguments arguments)
    {
        var space = new JinjaNamespace();
        foreach (var (name, value) in arguments.Only(0, [.. arguments.Named.Keys]).Named) space.Values[name] = value;
        return space;
    }
}
