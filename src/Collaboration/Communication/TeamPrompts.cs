using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentTeams.Collaboration;

/// <summary>
/// Every text that protocols and patterns add to the instructions of roles, unless their options give others. Each begins with
/// <see cref="ConversationView.ToPrompt"/>: task, attachments, what the member alone knows, messages.
/// </summary>
public static partial class TeamPrompts
{
    /// <summary>The word that <see cref="Question"/> names as the end of an inner monologue.</summary>
    public const string Ready = "READY";

    /// <summary>The word with which <see cref="Work"/> lets a worker say that its task cannot be done.</summary>
    public const string Failed = "FAILED";

    /// <summary>A turn of a dialogue, a group chat or a chain.</summary>
    public static Prompt Speak(ConversationView view) => Ask(view, $"You are {view.Self}. It is your turn.");

    /// <summary>An envelope to other members.</summary>
    public static Prompt Send(ConversationView view) => Ask(view, $"You are {view.Self}. Send one message to any of: {NamesOf(view)}; to nobody means to all. Kinds: {string.Join("; ", view.Kinds.Select(k => k.Description.Length == 0 ? k.Name : $"{k.Name} ({k.Description})"))}.");

    /// <summary>What a member means to do, before anyone acts.</summary>
    public static Prompt Intend(ConversationView view) => Ask(view, $"You are {view.Self}. Say what you intend to do. Do not do it yet.");

    /// <summary>What a member means to do after it heard the others.</summary>
    public static Prompt Revise(ConversationView view) => Ask(view, $"You are {view.Self}. You heard what the others intend. Say what you will do now, the same or something else, so that you do not get in each other's way.");

    /// <summary>The action after the intentions.</summary>
    public static Prompt Act(ConversationView view) => Ask(view, $"You are {view.Self}. Do what you last said you intend, and say what came of it.");

    /// <summary>The next question of an inner monologue, or its end.</summary>
    public static Prompt Question(ConversationView view) => Ask(view, $"You are {view.Self}. Ask {NamesOf(view)} the next thing that you need to know, or say {Ready} when you can answer.");

    /// <summary>The answer to a question of an inner monologue.</summary>
    public static Prompt Reply(ConversationView view) => Ask(view, $"You are {view.Self}. Answer the last question.");

    /// <summary>The team's answer from what was said.</summary>
    public static Prompt Conclude(ConversationView view) => Ask(view, $"You are {view.Self}. Give the final answer to the task, and nothing else.");

    /// <summary>A post on a blackboard. The messages that the view holds are the board's newest entries.</summary>
    public static Prompt Post(ConversationView view) => Ask(view, $"You are {view.Self}. Above is the board. Post one entry under a key, replacing what it had; the key answer ends the work. An empty key posts nothing.");

    /// <summary>An answer of one's own, to be voted on, judged or aggregated.</summary>
    public static Prompt Propose(ConversationView view) => Ask(view, $"You are {view.Self}. Give your answer.");

    /// <summary>A new answer after those of others.</summary>
    public static Prompt Reconsider(ConversationView view) => Ask(view, $"You are {view.Self}. Consider the answers of the others, then give yours again, changed or not.");

    /// <summary>A ranking of the proposals, which are the messages.</summary>
    public static Prompt Rank(ConversationView view) => Ask(view with { Messages = [] }, $"{Numbered(view)}\n\nYou are {view.Self}. Rank the proposals by their numbers, the best first.");

    /// <summary>A judge's answer from the proposals.</summary>
    public static Prompt Judge(ConversationView view) => Ask(view, $"You are {view.Self}. Judge what was proposed and give the final answer, and nothing else.");

    /// <summary>One answer made of several (Wang et al. 2024, the aggregate-and-synthesise prompt in short).</summary>
    public static Prompt Aggregate(ConversationView view) => Ask(view, $"You are {view.Self}. Above are answers of several models, some of which may be wrong. Do not copy one; weigh them and write one better answer.");

    /// <summary>A manager's choice of the next speaker.</summary>
    public static Prompt Choose(ConversationView view) => Ask(view, $"You are {view.Self}. Choose who speaks next.\n{Described(view)}");

    /// <summary>A turn in which a member answers or hands over.</summary>
    public static Prompt HandOff(ConversationView view) => Ask(view, $"You are {view.Self}. Answer, or hand over to whoever can do it better. An empty handoff ends with your text as the answer.\n{Described(view)}");

    /// <summary>A coordinator's instruction to a specialist, or its answer.</summary>
    public static Prompt Coordinate(ConversationView view) => Ask(view with { Attachments = [] }, $"You are {view.Self}. Send one instruction to a specialist, or leave 'to' empty and give the final answer as the text.\n{Described(view)}");

    /// <summary>What a specialist is asked: the coordinator's words, with the attachments, and nothing else of the task.</summary>
    public static Prompt Specialise(ConversationView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return (view with { Task = view.Messages.LastOrDefault(m => m.From != view.Self)?.Text ?? view.Task, Messages = [] }).ToPrompt("");
    }

    /// <summary>A plan, or a plan after failures.</summary>
    public static Prompt Plan(ConversationView view) => Ask(view with { Messages = [] }, $"{Listed(view)}You are {view.Self}. Plan the tasks that are still to be done, each for one of the workers; no tasks if all is done.\n{Described(view)}");

    /// <summary>A task of a plan: the first of the view's ledger, with the results of those that it needs.</summary>
    public static Prompt Work(ConversationView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var needed = string.Join('\n', view.Ledger.Skip(1).Select(t => $"{t.Text} => {t.Result}"));
        return view.ToPrompt($"{(needed.Length == 0 ? "" : $"{needed}\n\n")}You are {view.Self}. Your part: {view.Ledger[0].Text}\nIf it cannot be done, begin with {Failed} and say why.");
    }

    /// <summary>The draft of an answer.</summary>
    public static Prompt Draft(ConversationView view) => Ask(view, $"You are {view.Self}. Write the answer.");

    /// <summary>A draft after a critique.</summary>
    public static Prompt Refine(ConversationView view) => Ask(view, $"You are {view.Self}. Write the answer again and mend what the verdict found.");

    /// <summary>A verdict on the last draft.</summary>
    public static Prompt Verify(ConversationView view) => Ask(view, $"You are {view.Self}. Check the last proposal. Accept it, or say what is wrong with it.");

    /// <summary>The next part of a text that others began.</summary>
    public static Prompt Continue(ConversationView view) => Ask(view, $"You are {view.Self}. Go on with the text exactly where it stops, and repeat nothing of it.");

    /// <summary>A grade of a draft.</summary>
    public static Prompt Value(ConversationView view) => Ask(view, $"You are {view.Self}. Grade the last draft from 0 to 10 and say what would make it better.");

    /// <summary>Whether a message may be delivered to others, from what its sender saw.</summary>
    public static Prompt CheckMessage(PendingMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.View.ToPrompt($"Now {message.From} wants to say: {message.Text}\n\nCheck whether that is true and follows from the above. Accept it, or say what is wrong with it.");
    }

    /// <summary>The members that may be addressed, a line each with what they do.</summary>
    public static string Described(ConversationView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return string.Join('\n', view.Others.Select(m => m.Description.Length == 0 ? $"- {m.Name}" : $"- {m.Name}: {m.Description}"));
    }

    private static Prompt Ask(ConversationView view, string asked)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.ToPrompt(asked);
    }

    private static string NamesOf(ConversationView view) => string.Join(", ", view.Others.Select(m => m.Name));

    private static string Numbered(ConversationView view) =>
        string.Join('\n', view.Messages.Where(m => m.Kind == MessageKinds.Proposal).Select((m, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {NumberInside().Replace(m.Text, " $0")}")));

    // A proposal with numbered lines is one proposal.
    [GeneratedRegex(@"(?<=[\n\r\v\f\u0085\u2028\u2029])\d+\.")]
    private static partial Regex NumberInside();

    private static string Listed(ConversationView view) => view.Ledger.IsEmpty ? "" : string.Join('\n', view.Ledger.Select(t => $"{t.Id} ({t.Assignee}, {t.State}): {t.Text}{(t.Result.Length == 0 ? "" : $" => {t.Result}")}")) + "\n\n";
}
