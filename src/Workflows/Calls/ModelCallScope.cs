namespace AgentTeams;

/// <summary>
/// Hears of every model call below it, through whatever loops lie between: it travels with the flow of execution. Setting it in
/// an async iterator does not outlast a yield, so a streaming caller enters it again before each step.
/// </summary>
internal abstract class ModelCallScope
{
    private static readonly AsyncLocal<ModelCallScope?> Ambient = new();

    public static ModelCallScope? Current => Ambient.Value;

    public abstract TimeProvider TimeProvider { get; }

    /// <summary>The seed of the next call, which was given one or none.</summary>
    public abstract long NextSeed(long? given);

    public abstract void Record(ModelCall call);

    /// <summary>Makes this the scope of everything that the caller starts from now on, until its own method returns.</summary>
    public void Enter() => Ambient.Value = this;
}
