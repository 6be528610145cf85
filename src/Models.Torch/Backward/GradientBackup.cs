namespace AgentTeams.Models.Torch;

/// <summary>The gradient as it was before something that may have to be undone; on the CPU, where memory is not short.</summary>
internal sealed class GradientBackup : IDisposable
{
    private readonly List<(ParameterSet Set, Tensor? Gradient)> _kept = [];

    public GradientBackup(IReadOnlyList<ParameterSet> sets)
    {
        using var scope = NewDisposeScope();
        // Most often nothing was accumulated before.
        foreach (var set in sets) _kept.Add((set, set.HasGradient ? set.Gradients.to(CPU, copy: true).DetachFromDisposeScope() : null));
    }

    public void Restore()
    {
        foreach (var (set, gradient) in _kept)
        {
            set.ClearGradient();
            if (gradient is null) continue;
            set.Gradients.copy_(gradient);
            set.HasGradient = true;
        }
    }

    public void Dispose()
    {
        foreach (var (_, gradient) in _kept) gradient?.Dispose();
    }
}
