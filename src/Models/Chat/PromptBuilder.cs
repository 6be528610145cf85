using System.Text;

namespace AgentTeams;

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
        _ids.Add(tokenizer.IdOf(token));
        return this;
    }

    /// <summary>Appends the template's own text, in which added tokens count where the tokenizer has them.</summary>
    public PromptBuilder Markup(string text)
    {
        var position = 0;
        foreach (var (token, start, end) in tokenizer.FindAdded(text))
        {
            _text.Append(text, position, start - position);
            Flush();
            _ids.Add(token.Id);
            position = end;
        }

        _text.Append(text, position, text.Length - position);
        return this;
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
        if (_text.Length > 0) _ids.AddRange(tokenizer.Encode(_text.ToString()));
        _text.Clear();
    }
}
