using System.Text.Json;
using AgentTeams.Collaboration;

namespace AgentTeams.Tests;

/// <summary>The code of docs/communication.md, as it stands there.</summary>
internal static class CommunicationSnippets
{
    public static async Task<(string Answer, ConversationView Seen)> FirstAsync(Role ann, Role bob, TeamRuntime runtime)
    {
        TeamMember[] team = [ann, bob];
        var solve = Protocol.Dialogue(new() { MaxTurns = 6 }).ToWorkflow("solve", team);
        string answer = await solve.RunAsync("Find a day for the meeting.", runtime);

        var talk = new Conversation("Compare your cards.") { Observations = [new("ann", "Yours is a seven."), new("bob", "Yours is a nine.")] };
        var result = await solve.Definition.RunAsync(talk, runtime);
        foreach (var message in result.State.Messages) Console.WriteLine($"turn {message.Turn}, {message.From}: {message.Text}");
        ConversationView seen = result.State.For("ann");
        return (answer, seen);
    }

    public static IReadOnlyDictionary<string, BoundWorkflow<Conversation, string, string>> Teams(Role ann, Role bob)
    {
        var (buyer, seller, thinker, observer, doctor) = (ann with { Name = "buyer" }, ann with { Name = "seller" }, ann with { Name = "thinker" }, ann with { Name = "observer" }, ann with { Name = "doctor" });
        var bid = new MessageKind("bid", JsonElement.Parse("""{"type":"integer","minimum":0}"""), "What you offer, to the seller alone.");
        var sale = Protocol.MessagePassing(new() { Kinds = [new("say"), bid], MaxRounds = 4 }).ToWorkflow("sale", [buyer, seller]);

        var carry = Protocol.IntentionBroadcast(new() { NeedsRevision = view => view.Messages.Length > 1 }).ToWorkflow("carry", [ann, bob]);

        var until = (Conversation c) => c.Last!.Text.Contains("agreed", StringComparison.Ordinal);
        var meet = Protocol.Dialogue(new() { MaxTurns = 8, Policy = TurnPolicy.RoundRobin, Until = until }).ToWorkflow("meet", [ann, bob]);

        var patient = SimulatedUser.Create("patient", "You are brief.", "Your head hurts since you sleep badly.");
        var options = new DialogueOptions { MaxTurns = 10, Until = SimulatedUser.HasLeft("patient"), Answer = SimulatedUser.AnswerTo("patient") };
        var consult = Protocol.Dialogue(options).ToWorkflow("consult", [doctor, patient]);

        var look = Protocol.InnerMonologue(new() { MaxRounds = 4 }).ToWorkflow("look", [thinker, observer]);

        var board = Protocol.Blackboard(new() { MaxRounds = 4 }).ToWorkflow("board", [ann, bob]);
        return new[] { sale, carry, meet, consult, look, board }.ToDictionary(t => t.Name);
    }

    public static TaskSet<Problem> Train(BoundWorkflow<Conversation, string, string> solve, TeamModels models, Problem[] problems)
    {
        var rollout = Rollouts.From(solve, models, (Problem p) => p.Question);
        var tasks = TaskSet.Create(problems, p => p.Question, rollout);
        return tasks;
    }

    public sealed record Problem(string Question);
}
