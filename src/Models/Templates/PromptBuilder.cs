using System.Text;

namespace AgentTeams.Models;

/// <summary>
/// Puts a prompt together from what a template writes and what messages hold. Adjoining text is encoded as one, as if the whole
/// prompt were one string, but only the template's own parts can become added tokens.
/// </summary>
internal sealed class PromptBuilder(Tokenizer tokenizer)
{
    private readonly List<int> _ids = [];
    private readonly StringBuilder _text = new();

    /// <summary>Appends a token that the tokenizer must have.</summary>
    public PromptBuilder Token(string token)
    {
        Flush();
        _ids.Add(tokenizer.GetId(token));
        return this;
    }

    /// <summary>Appends the template's own text, in which added tokens count where the tokenizer has them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="drop">A character that keeps text from being such a token, and is left out then.</param>
    public PromptBuilder Markup(string text, char? drop = null)
    {
        var position = 0;
        foreach (var (token, start, end) in tokenizer.FindAdded(text))
        {
            Plain(position, start);
            Flush();
            _ids.Add(token.Id);
            position = end;
        }

        Plain(position, text.Length);
        return this;

        void Plain(int from, int to)
        {
            if (drop is { } dropped) _text.Append(text[from..to].Replace(dropped.ToString(), "", StringComparison.Ordinal));
            else _text.Append(text, from, to - from);
        }
    }

    /// <summary>Appends the text of a message.</summary>
    public PromptBuilder Text(string text)
    {
        _text.Append(text);
        return this;
    }

    public int[] ToIds()
    {
        Flush();
        return [.. _ids];
    }

    private void Flush()
    {
        if (_text.Length > 0) _ids.AddRange(tokenizer.EncodePart(_text.ToString(), parseSpecial: false, isFirst: _ids.Count == 0));
        _text.Clear();
    }
}
