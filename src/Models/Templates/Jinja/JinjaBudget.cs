namespace AgentTeams.Models;

/// <summary>What a template may use up, as its text comes from wherever the model does.</summary>
internal sealed class JinjaBudget
{
    private const int MaxSteps = 4_000_000, MaxCharacters = 64 << 20, MaxCalls = 50;
    private int _steps;
    private int _characters;
    private int _calls;

    public void Step()
    {
        if (++_steps > MaxSteps) throw new JinjaException($"it takes more than {MaxSteps} steps");
    }

    public void Write(int characters)
    {
        if ((_characters += characters) > MaxCharacters) throw new JinjaException($"it writes more than {MaxCharacters} characters");
    }

    /// <summary>Text that is made without being written counts too.</summary>
    public string Text(string text)
    {
        Write(text.Length);
        return text;
    }

    public void Enter()
    {
        if (++_calls > MaxCalls) throw new JinjaException($"macros call each other more than {MaxCalls} deep");
    }

    public void Leave() => _calls--;
}
