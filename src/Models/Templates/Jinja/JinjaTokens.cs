namespace AgentTeams.Models;

/// <summary>Reads tokens one after the other.</summary>
internal sealed class JinjaTokens(List<JinjaToken> tokens)
{
    private int _position;

    public JinjaToken Current => tokens[_position];

    public JinjaToken Next() => tokens[_position < tokens.Count - 1 ? _position++ : _position];

    public bool Is(JinjaTokenKind kind, string value) => Current.Kind == kind && Current.Value == value;

    public bool IsSign(string sign) => Is(JinjaTokenKind.Sign, sign);

    public bool IsName(string name) => Is(JinjaTokenKind.Name, name);

    public bool IsFollowedBy(JinjaTokenKind kind, string value) =>
        _position + 1 < tokens.Count && tokens[_position + 1].Kind == kind && tokens[_position + 1].Value == value;

    public bool Take(JinjaTokenKind kind, string value)
    {
        if (!Is(kind, value)) return false;
        Next();
        return true;
    }

    public bool TakeSign(string sign) => Take(JinjaTokenKind.Sign, sign);

    public bool TakeName(string name) => Take(JinjaTokenKind.Name, name);

    public void Expect(JinjaTokenKind kind, string value = "")
    {
        if (!Take(kind, value))
            throw Wrong($"'{Current.Value}' ({Current.Kind}) stands where {(value.Length > 0 ? $"'{value}'" : kind.ToString())} is expected");
    }

    public string ExpectName() => Current.Kind == JinjaTokenKind.Name ? Next().Value : throw Wrong($"'{Current.Value}' stands where a name is expected");

    public JinjaException Wrong(string problem) => new($"line {Current.Line}: {problem}");
}
