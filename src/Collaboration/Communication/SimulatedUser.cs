namespace AgentTeams.Collaboration;

/// <summary>A role that plays someone who talks to the team: a customer, a patient, a client.</summary>
public static class SimulatedUser
{
    /// <summary>
    /// The role: frozen, in training runs only, with a goal that the others are not told. It says <see cref="Goodbye"/> when it has what it wanted, which a
    /// dialogue's stop rule can look for.
    /// </summary>
    /// <param name="name">The role's name.</param>
    /// <param name="persona">Who it is and how it talks.</param>
    /// <param name="goal">What it wants to reach, and what it knows.</param>
    /// <example>
    /// <code>
    /// var patient = SimulatedUser.Create("patient", "You are brief and worried.", "You have a headache since Monday; you took aspirin.");
    /// var talk = Protocol.Dialogue(new() { MaxTurns = 10, Until = SimulatedUser.HasLeft("patient") }).ToWorkflow("consult", [doctor, patient]);
    /// </code>
    /// </example>
    public static Role Create(string name, string persona, string goal)
    {
        ArgumentNullException.ThrowIfNull(persona);
        ArgumentNullException.ThrowIfNull(goal);
        return new()
        {
            Name = Guard.Name(name, "role name"),
            Instructions = $"{persona}\nWhat only you know: {goal}\nStay in this role. Tell what you know only when you are asked for it. When you have what you want, say {Goodbye}.",
            Description = "The one whom the team serves.",
            Lifetime = RoleLifetime.TrainingOnly,
            Trainable = false,
        };
    }

    /// <summary>What it says when it leaves.</summary>
    public const string Goodbye = "GOODBYE";

    /// <summary>A stop rule: the user's last words hold <see cref="Goodbye"/>.</summary>
    /// <param name="name">The user's name.</param>
    public static Func<Conversation, bool> HasLeft(string name) => talk =>
    {
        ArgumentNullException.ThrowIfNull(talk);
        return talk.Last is { } last && last.From == name && last.Text.Contains(Goodbye, StringComparison.Ordinal);
    };

    /// <summary>An answer: the last words of the others, for a talk that the user ends.</summary>
    /// <param name="name">The user's name.</param>
    public static Func<Conversation, string> AnswerTo(string name) => talk =>
    {
        ArgumentNullException.ThrowIfNull(talk);
        return talk.Messages.LastOrDefault(m => m.Kind == MessageKinds.Say && m.From != name)?.Text ?? "";
    };
}
