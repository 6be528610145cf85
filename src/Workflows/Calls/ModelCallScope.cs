using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>
/// Hears of every model call below it, through whatever loops lie between: it travels with the flow of execution, but not into
/// the bodies of tools and nodes, whose calls are their own. Setting it in an async iterator does not outlast a yield, so a
/// streaming caller enters it again before each step.
/// </summary>
internal abstract class ModelCallScope
{
    private static readonly AsyncLocal<(ModelCallScope? Scope, bool IsLeft)> Ambient = new();

    /// <summary>The scope that hears of what is called here, or null.</summary>
    public static ModelCallScope? Current => Ambient.Value is { IsLeft: false, Scope: var scope } ? scope : null;

    /// <summary>The scope that this flow of execution belongs to, though a tool's body may have left it.</summary>
    public static ModelCallScope? Enclosing => Ambient.Value.Scope;

    public abstract TimeProvider TimeProvider { get; }

    /// <summary>Ends what the caller's scope hears, until the caller's own method returns.</summary>
    public static void Leave()
    {
        // Most flows have no scope at all, and setting what is there already costs as much as setting anything.
        if (Ambient.Value is { Scope: { } scope, IsLeft: false }) Ambient.Value = (scope, true);
    }

    /// <summary>Whether a call with this input is the scope's own.</summary>
    public virtual bool Hears(IReadOnlyList<ChatMessage> input) => true;

    /// <summary>The seed of the next call, which was given one or none.</summary>
    public abstract long NextSeed(long? given);

    public abstract void Record(ModelCall call);

    /// <summary>Makes this the scope of everything that the caller starts from now on, until its own method returns.</summary>
    public void Enter() => Ambient.Value = (this, false);
}
