namespace AgentTeams.Rl;

/// <summary>
/// All that the evolution of prompts needs to know of what is improved. <see cref="TeamPromptAdapter{TTask}"/> is it for a team; write your own for a pipeline that is no workflow.
/// Safe for one caller at a time.
/// </summary>
public interface IPromptAdapter
{
    /// <summary>Tries prompts on tasks.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="tasks">The ids of the tasks.</param>
    /// <param name="key">Of the random draws; task by task the same for prompts that are compared.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>A trial for each task, in their order.</returns>
    Task<IReadOnlyList<PromptTrial>> EvaluateAsync(PromptSet prompts, IReadOnlyList<string> tasks, SeedKey key, CancellationToken cancellationToken = default);

    /// <summary>What can be learned about one text from what was tried.</summary>
    /// <param name="component">The text that is to be written anew.</param>
    /// <param name="trials">What was tried with it.</param>
    /// <returns>Examples for whoever writes it; none where it played no part.</returns>
    IReadOnlyList<PromptExample> Reflect(PromptComponent component, IReadOnlyList<PromptTrial> trials);
}

/// <summary>One run with some prompts.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Score">How good it was; finite, more is better.</param>
/// <param name="Trajectory">The run, rewarded.</param>
public sealed record PromptTrial(string TaskId, double Score, Trajectory Trajectory);

/// <summary>What a text led to, for whoever writes it anew.</summary>
/// <param name="Shown">What the role was asked, or the tool was called with.</param>
/// <param name="Said">What the role answered, or the tool gave.</param>
/// <param name="Feedback">What came of it.</param>
public sealed record PromptExample(string Shown, string Said, string Feedback);
