using System.Security.Cryptography;

namespace AgentTeams.Models;

/// <summary>Parameters of this engine as checkpoints see them.</summary>
internal sealed class CpuParameters(ParameterSet set) : ITrainedParameters
{
    public long Updates => set.Updates;

    public bool IsChanged => set.IsChanged;

    public void Check(CheckpointFolder folder) => set.Check(folder);

    public void CheckMoments(SafeTensorsFile file) => MomentPart.Check(file, set.Count);

    public IReadOnlyList<SafeTensorSource> Export() => set.Export();

    public IReadOnlyList<SafeTensorSource> ExportMoments() => set.ExportMoments();

    public void Import(CheckpointFolder folder, bool trained)
    {
        if (trained) set.Widen();
        set.Import(folder);
        set.ResetMoments();
        set.MarkChanged();
    }

    public void ImportMoments(SafeTensorsFile file, long updates) => set.ImportMoments(file, updates);

    public void AppendTo(IncrementalHash hash) => set.AppendTo(hash);
}
