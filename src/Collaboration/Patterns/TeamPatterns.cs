namespace AgentTeams.Collaboration;

/// <summary>
/// Ways for a team to work, each an ordinary workflow from a task to an answer: drawn, recorded, resumed, forked, trained and served as any, and a member
/// of other patterns.
/// </summary>
/// <example>
/// <code>
/// var debate = TeamPatterns.Debate("debate", [ann, bob], judge, new() { Rounds = 2 });
/// var review = TeamPatterns.Sequential("review", [debate, editor]);
/// string answer = await review.RunAsync("Is a whale a fish?", runtime);
/// </code>
/// </example>
public static partial class TeamPatterns;
