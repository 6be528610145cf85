using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>What a checkpoint notes of the run.</summary>
/// <param name="Stage">The stage that is under way; the number of stages behind the last one.</param>
/// <param name="Steps">Its steps that are done.</param>
/// <param name="StageNote">What the stage needs to go on.</param>
internal sealed record RunNote(int Stage, int Steps, JsonElement? StageNote);

/// <summary>How far the run is, and how far its checkpoints are.</summary>
internal sealed class RunProgressNote(int number, RunNote note)
{
    public int Number { get; private set; } = number;

    public RunNote Note { get; private set; } = note;

    public bool IsUnsaved { get; private set; }

    // Checkpoints are numbered through all stages, so that the newest has the greatest number.
    public void Reached(RunNote note) => (Number, Note, IsUnsaved) = (Number + 1, note, true);

    public void Saved() => IsUnsaved = false;
}
