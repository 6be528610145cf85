using System.Text.RegularExpressions;

namespace AgentTeams.Rl;

/// <summary>What the body of a Python function does with another function.</summary>
internal sealed partial class PythonBody
{
    private readonly string _call;
    private readonly string _name;
    private readonly List<PythonLine> _lines;
    private readonly List<(PythonLine Line, PythonLine[] Around)> _calls;
    private readonly HashSet<string> _results = new(StringComparer.Ordinal);

    public PythonBody(PythonLine function, string name)
    {
        _name = Regex.Escape(name);
        _call = $@"(?<![\w.]){_name}\s*\(";
        var reached = Reached(function.Block, []).ToList();
        _lines = [.. reached.Select(r => r.Line)];
        var isOwn = Regex.IsMatch(function.Text, $@"[(,]\s*\*{{0,2}}{_name}\s*[,:=)]") || _lines.Any(l => Regex.IsMatch(l.Text, $@"^(?:(?:async\s+)?def\s+{_name}\s*\(|{_name}\s*(?::[^=]*)?=(?!=))"));
        _calls = isOwn ? [] : [.. reached.Where(r => Calls(r.Line.Text))];
        foreach (var (line, _) in _calls)
        {
            if (Assignment().Match(line.Text) is { Success: true } kept && Calls(line.Text[kept.Length..])) _results.UnionWith(Names().Matches(kept.Groups[1].Value).Select(m => m.Value).Where(n => n != "_"));
        }
    }

    public bool IsCalled => _calls.Count > 0;

    public bool IsUsed => _calls.Any(c => Uses(c.Line));

    public CooperationScheme Scheme =>
        !IsUsed ? CooperationScheme.None
        : IsFallback ? CooperationScheme.Fallback
        : IsFilter ? CooperationScheme.StrategyFilter
        : IsCoordinator ? CooperationScheme.Coordinator
        : IsDecorator ? CooperationScheme.Decorator
        : CooperationScheme.None;

    // A handler that does more than say no is another way to the result, and so is what follows a look at whether there is one.
    private bool IsFallback =>
        _calls.Any(c => c.Around.Any(a => a.Text == "try:" && HandlerOf(a) is { } handler && handler.All(h => h.Text is not "pass" and not "..." && !h.Text.StartsWith("raise", StringComparison.Ordinal))))
        || _calls.Any(c => Regex.IsMatch(c.Line.Text, _call + @".*\)\s+or\s+\S"))
        || _lines.Any(l => Condition(l.Text) is { } condition && _results.Any(r => Regex.IsMatch(condition, $@"^(?:not\s+{r}|{r}\s+is\s+None|{r}\s*==\s*None)$")));

    private bool IsFilter => _lines.Any(l => Condition(l.Text) is { } condition && (Calls(condition) || _results.Any(r => Reads(condition, r))));

    private bool IsCoordinator =>
        _calls.Count(c => Uses(c.Line)) > 1 || _calls.Sum(c => Regex.Count(c.Line.Text, _call)) > 1
        || _calls.Any(c => c.Around.Any(a => Loop().IsMatch(a.Text)) || Regex.IsMatch(c.Line.Text, _call + @".*\)\s+(?:async\s+)?for\s") || Mapped(c.Line.Text));

    private bool IsDecorator =>
        _lines.Any(l => Condition(l.Text) is not null || l.Text.StartsWith("for ", StringComparison.Ordinal) || l.Text.StartsWith("while ", StringComparison.Ordinal))
        || _calls.Any(c => c.Line.Text.StartsWith("return ", StringComparison.Ordinal) && !IsOnlyCall(c.Line.Text["return ".Length..]))
        || _lines.Any(l => l.Text.StartsWith("return ", StringComparison.Ordinal) && _results.Any(r => Reads(l.Text, r) && l.Text["return ".Length..].Trim() != r))
        || _results.Any(r => _lines.Any(l => Regex.IsMatch(l.Text, $@"^{r}\s*(?:[-+*/%&|^]|//|\*\*|<<|>>)?=(?!=)") && !Calls(l.Text)));

    private bool Calls(string text) => (Regex.IsMatch(text, _call) && !text.StartsWith("def ", StringComparison.Ordinal)) || Mapped(text);

    private bool Mapped(string text) => Regex.IsMatch(text, $@"(?<![\w.])(?:map|filter|starmap)\s*\(\s*{_name}\s*,");

    private bool Uses(PythonLine line)
    {
        if (IsOnlyCall(line.Text)) return false;
        if (Assignment().Match(line.Text) is not { Success: true } kept || !Calls(line.Text[kept.Length..])) return true;
        // An item or an attribute outlives the line; a name has to be read by another.
        return kept.Groups[1].Value.IndexOfAny(['[', '.']) >= 0 || _results.Any(r => Names().IsMatch(kept.Groups[1].Value) && _lines.Any(l => l != line && Reads(WithoutTarget(l.Text), r)));
    }

    // The whole of a text, and nothing done to its result.
    private bool IsOnlyCall(string text)
    {
        var found = Regex.Match(text, $@"^(?:await\s+)?{_name}\s*\(");
        if (!found.Success) return false;
        var depth = 1;
        for (var at = found.Length; at < text.Length; at++)
        {
            depth += text[at] is '(' or '[' or '{' ? 1 : text[at] is ')' or ']' or '}' ? -1 : 0;
            if (depth == 0) return at == text.Length - 1;
        }

        return false;
    }

    private static bool Reads(string text, string name) => Regex.IsMatch(text, $@"(?<![\w.]){name}(?!\w)");

    private static string WithoutTarget(string text) => Assignment().Match(text) is { Success: true } kept ? text[kept.Length..] : text;

    private static string? Condition(string text)
    {
        if (Head().Match(text) is { Success: true } head) return head.Groups[1].Value.Trim();
        return Ternary().Match(text) is { Success: true } inline ? inline.Groups[1].Value.Trim() : null;
    }

    private List<PythonLine>? HandlerOf(PythonLine attempt)
    {
        var handlers = _lines.SkipWhile(l => !ReferenceEquals(l, attempt)).Skip(1).Where(l => l.Indent == attempt.Indent).TakeWhile(l => l.Text.StartsWith("except", StringComparison.Ordinal) || l.Text.StartsWith("else:", StringComparison.Ordinal) || l.Text.StartsWith("finally:", StringComparison.Ordinal));
        return handlers.FirstOrDefault(h => h.Text.StartsWith("except", StringComparison.Ordinal))?.Block;
    }

    // The lines that can be reached: none after one that leaves its block, none under a condition that says no.
    private static IEnumerable<(PythonLine Line, PythonLine[] Around)> Reached(List<PythonLine> block, PythonLine[] around)
    {
        foreach (var line in block)
        {
            if (Regex.IsMatch(line.Text, @"^(?:if|elif|while)\s+\(?(?:False|0|None)\)?\s*:$")) continue;
            yield return (line, around);
            foreach (var inner in Reached(line.Block, [.. around, line])) yield return inner;
            if (Leaves().IsMatch(line.Text)) yield break;
        }
    }

    [GeneratedRegex(@"^([A-Za-z_][\w.,\s\[\]()*]*?(?::[^=]*)?)\s*(?:[-+*/%&|^]|//|\*\*)?=(?!=)")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Names();

    [GeneratedRegex(@"^(?:if|elif|while|match)\s+(.*):$")]
    private static partial Regex Head();

    [GeneratedRegex(@"\sif\s(.*)\selse\s")]
    private static partial Regex Ternary();

    [GeneratedRegex(@"^(?:async\s+)?(?:for|while)\b")]
    private static partial Regex Loop();

    [GeneratedRegex(@"^(?:return\b|raise\b|break$|continue$)")]
    private static partial Regex Leaves();
}
