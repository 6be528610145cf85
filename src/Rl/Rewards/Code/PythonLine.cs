using System.Text;

namespace AgentTeams.Rl;

/// <summary>
/// A statement of a Python program, or the head of one, with the block below it. Strings are emptied, comments left out, and what brackets or backslashes hold
/// together is one line: enough to see who calls whom, and where.
/// </summary>
internal sealed record PythonLine(int Indent, string Text)
{
    private static readonly string[] Heads = ["def", "async", "class", "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "match", "case"];

    public List<PythonLine> Block { get; } = [];

    /// <summary>This line and all below it.</summary>
    public IEnumerable<PythonLine> All => Block.SelectMany(b => b.All).Prepend(this);

    /// <summary>The top-level lines of a program. Never fails: what is no Python gives lines all the same.</summary>
    public static List<PythonLine> Read(string program)
    {
        var root = new PythonLine(-1, "");
        var open = new Stack<PythonLine>([root]);
        foreach (var line in Logical(program))
        {
            while (open.Peek().Indent >= line.Indent) open.Pop();
            open.Peek().Block.Add(line);
            open.Push(line);
        }

        return root.Block;
    }

    private static IEnumerable<PythonLine> Logical(string program)
    {
        var text = new StringBuilder();
        var (depth, indent, fresh) = (0, 0, true);
        for (var at = 0; at <= program.Length; at++)
        {
            var c = at < program.Length ? program[at] : '\n';
            if (c == '\n' && (depth == 0 || at == program.Length))
            {
                // What follows a block's colon, or a semicolon, on the same line is a line of its own.
                foreach (var (part, deeper) in Split(text.ToString().Trim())) yield return new(indent + deeper, part);
                text.Clear();
                (indent, fresh) = (0, true);
            }
            else if (fresh && c is ' ' or '\t')
            {
                indent += c == '\t' ? 8 - (indent % 8) : 1;
            }
            else if (c == '#')
            {
                while (at + 1 < program.Length && program[at + 1] != '\n') at++;
            }
            else if (c is '"' or '\'')
            {
                fresh = false;
                at = EndOfString(program, at);
                text.Append("''");
            }
            else if (c == '\\' && at + 1 < program.Length && program[at + 1] == '\n')
            {
                at++;
            }
            else
            {
                fresh = false;
                depth = Math.Max(0, depth + (c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0));
                text.Append(char.IsWhiteSpace(c) ? ' ' : c);
            }
        }
    }

    private static int EndOfString(string program, int start)
    {
        var quote = program[start];
        var isLong = start + 2 < program.Length && program[start + 1] == quote && program[start + 2] == quote;
        for (var at = start + (isLong ? 3 : 1); at < program.Length; at++)
        {
            if (program[at] == '\\') at++;
            else if (!isLong && (program[at] == quote || program[at] == '\n')) return program[at] == '\n' ? at - 1 : at;
            else if (isLong && at + 2 < program.Length && program[at] == quote && program[at + 1] == quote && program[at + 2] == quote) return at + 2;
        }

        return program.Length - 1;
    }

    private static IEnumerable<(string Text, int Deeper)> Split(string line)
    {
        var (depth, start, deeper) = (0, 0, 0);
        var isHead = IsHead(line);
        for (var at = 0; at < line.Length; at++)
        {
            depth += line[at] is '(' or '[' or '{' ? 1 : line[at] is ')' or ']' or '}' ? -1 : 0;
            var ends = depth == 0 && (line[at] == ';' || (isHead && deeper == 0 && line[at] == ':' && !(at + 1 < line.Length && line[at + 1] == '=') && !InLambda(line[start..at])));
            if (!ends) continue;
            if (line[start..at].Trim() is { Length: > 0 } part) yield return (part + (line[at] == ':' ? ":" : ""), deeper);
            if (line[at] == ':') deeper = 1;
            start = at + 1;
        }

        if (line[start..].Trim() is { Length: > 0 } rest) yield return (rest, deeper);
    }

    private static bool InLambda(string text) => text.LastIndexOf("lambda", StringComparison.Ordinal) is >= 0 and var at && !text[at..].Contains(':', StringComparison.Ordinal);

    private static bool IsHead(string line) =>
        Heads.Any(k => line.StartsWith(k, StringComparison.Ordinal) && (line.Length == k.Length || !(char.IsLetterOrDigit(line[k.Length]) || line[k.Length] == '_')));
}
