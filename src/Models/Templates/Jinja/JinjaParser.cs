namespace AgentTeams.Models;

/// <summary>Reads the statements of a template. What it does not know is refused by name.</summary>
internal sealed class JinjaParser
{
    private const int MaxDepth = 100;
    private readonly JinjaTokens _tokens;
    private readonly JinjaExpressionParser _expressions;
    private int _depth;
    private int _loops;

    private JinjaParser(string source)
    {
        _tokens = new JinjaTokens(JinjaLexer.Tokenize(source));
        _expressions = new JinjaExpressionParser(_tokens);
    }

    /// <exception cref="JinjaException">The template is malformed, or says what is not supported.</exception>
    public static IReadOnlyList<JinjaStatement> Parse(string source)
    {
        var parser = new JinjaParser(source);
        var body = parser.Body();
        return parser._tokens.Current.Kind == JinjaTokenKind.End ? body : throw parser._tokens.Wrong($"'{parser._tokens.Current.Value}' closes nothing");
    }

    // Up to a block whose name is among the ends; its name is the current token then.
    private List<JinjaStatement> Body(params ReadOnlySpan<string> ends)
    {
        if (++_depth > MaxDepth) throw _tokens.Wrong($"statements nest deeper than {MaxDepth}");
        var body = new List<JinjaStatement>();
        while (_tokens.Current.Kind != JinjaTokenKind.End)
        {
            var line = _tokens.Current.Line;
            if (_tokens.Current.Kind == JinjaTokenKind.Text)
            {
                body.Add(new JinjaStatement.Text(_tokens.Next().Value));
            }
            else if (_tokens.Take(JinjaTokenKind.PrintBegin, ""))
            {
                body.Add(new JinjaStatement.Print(_expressions.Tuple(), line));
                _tokens.Expect(JinjaTokenKind.PrintEnd);
            }
            else
            {
                _tokens.Expect(JinjaTokenKind.BlockBegin);
                if (ends.Contains(_tokens.Current.Value)) break;
                body.AddRange(Block());
            }
        }

        _depth--;
        return body;
    }

    private IReadOnlyList<JinjaStatement> Block()
    {
        var name = _tokens.ExpectName();
        switch (name)
        {
            case "if": return [If()];
            case "for": return [For()];
            case "set": return [Set()];
            case "macro": return [Macro()];
            case "filter":
                var filter = _expressions.Filter(null);
                return [new JinjaStatement.FilterBlock(filter, Captured("endfilter"))];
            case "break" or "continue":
                if (_loops == 0) throw _tokens.Wrong($"'{name}' stands outside of any loop");
                return End(name == "break" ? new JinjaStatement.Break() : new JinjaStatement.Continue());
            // Marks what the model wrote, for training; it writes nothing.
            case "generation": return Enclosed("endgeneration");
            default: throw _tokens.Wrong($"the statement '{name}' is not supported");
        }
    }

    private IReadOnlyList<JinjaStatement> End(JinjaStatement statement)
    {
        _tokens.Expect(JinjaTokenKind.BlockEnd);
        return [statement];
    }

    private List<JinjaStatement> Enclosed(string end)
    {
        _tokens.Expect(JinjaTokenKind.BlockEnd);
        var body = Body(end);
        _tokens.Expect(JinjaTokenKind.Name, end);
        _tokens.Expect(JinjaTokenKind.BlockEnd);
        return body;
    }

    // What is written there becomes a value, so that a loop around it cannot be left from within.
    private List<JinjaStatement> Captured(string end)
    {
        var loops = _loops;
        _loops = 0;
        var body = Enclosed(end);
        _loops = loops;
        return body;
    }

    private JinjaStatement.If If()
    {
        var branches = new List<(JinjaExpression, IReadOnlyList<JinjaStatement>)>();
        do
        {
            var condition = _expressions.Tuple();
            _tokens.Expect(JinjaTokenKind.BlockEnd);
            branches.Add((condition, Body("elif", "else", "endif")));
        }
        while (_tokens.TakeName("elif"));

        var otherwise = Otherwise("endif");
        return new(branches, otherwise);
    }

    private JinjaStatement.For For()
    {
        var names = Names();
        _tokens.Expect(JinjaTokenKind.Name, "in");
        var items = _expressions.Expression(conditional: false);
        var condition = _tokens.TakeName("if") ? _expressions.Expression() : null;
        if (_tokens.IsName("recursive")) throw _tokens.Wrong("'recursive' loops are not supported");
        _tokens.Expect(JinjaTokenKind.BlockEnd);
        _loops++;
        var body = Body("else", "endfor");
        _loops--;
        var otherwise = Otherwise("endfor");
        return new(names, items, condition, body, otherwise);
    }

    // What stands after else, if anything, and the tag that ends the whole.
    private IReadOnlyList<JinjaStatement> Otherwise(string end)
    {
        IReadOnlyList<JinjaStatement> otherwise = [];
        if (_tokens.TakeName("else"))
        {
            _tokens.Expect(JinjaTokenKind.BlockEnd);
            otherwise = Body(end);
        }

        _tokens.Expect(JinjaTokenKind.Name, end);
        _tokens.Expect(JinjaTokenKind.BlockEnd);
        return otherwise;
    }

    private List<string> Names()
    {
        var bracket = _tokens.TakeSign("(");
        var names = new List<string>();
        do
        {
            if (_tokens.Current.Value is "true" or "True" or "false" or "False" or "none" or "None")
                throw _tokens.Wrong($"'{_tokens.Current.Value}' cannot be set");
            names.Add(_tokens.ExpectName());
        }
        while (_tokens.TakeSign(","));
        if (bracket) _tokens.Expect(JinjaTokenKind.Sign, ")");
        return names;
    }

    private JinjaStatement Set()
    {
        var names = Names();
        if (names.Count == 1 && _tokens.TakeSign(".")) names[0] += "." + _tokens.ExpectName();
        if (_tokens.TakeSign("="))
        {
            var value = _expressions.Tuple();
            _tokens.Expect(JinjaTokenKind.BlockEnd);
            return new JinjaStatement.Set(names, value);
        }

        return names.Count == 1 && _tokens.Current.Kind == JinjaTokenKind.BlockEnd
            ? new JinjaStatement.SetBlock(names[0], Captured("endset"))
            : throw _tokens.Wrong("'set' lacks '='");
    }

    private JinjaStatement.Macro Macro()
    {
        var name = _tokens.ExpectName();
        _tokens.Expect(JinjaTokenKind.Sign, "(");
        var parameters = new List<(string, JinjaExpression?)>();
        while (!_tokens.TakeSign(")"))
        {
            parameters.Add((_tokens.ExpectName(), _tokens.TakeSign("=") ? _expressions.Expression() : null));
            if (!_tokens.IsSign(")")) _tokens.Expect(JinjaTokenKind.Sign, ",");
        }

        return new(name, parameters, Captured("endmacro"));
    }
}
