using System.CommandLine;

namespace AgentTeams.Samples.LocalChat;

/// <summary>The options of the program.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Func<ChatSettings, Task<int>> run)
    {
        var defaults = new ChatSettings();
        var folder = new Argument<string?>("folder") { Description = "A Hugging Face model folder; a tiny random model unless given.", Arity = ArgumentArity.ZeroOrOne };
        var adapter = new Option<string?>("--adapter") { Description = "The folder of a LoRA adapter in PEFT layout." };
        var temperature = Value("--temperature", "From 0, greedy, to 2.", defaults.Temperature);
        var topP = Value("--top-p", "Keeps the likeliest ids of so much probability; 1 keeps all.", defaults.TopP);
        var topK = new Option<int?>("--top-k") { Description = "Keeps so many of the likeliest ids. [default: all]" };
        var minP = Value("--min-p", "Keeps ids of at least this share of the likeliest's probability; 0 keeps all.", defaults.MinP);
        var maxTokens = Value("--max-tokens", "The most tokens of a reply.", defaults.MaxTokens);
        var seed = Value("--seed", "Decides every draw.", defaults.Seed);
        var system = new Option<string?>("--system") { Description = "The system message. [default: the chat template's]" };
        var noThink = new Option<bool>("--no-think") { Description = "Asks a model that can think not to." };
        var smoke = new Option<bool>("--smoke") { Description = "One short exchange, then the end." };
        var root = new RootCommand("Chat with a local model. /reset forgets the conversation, /exit ends; Ctrl-C cancels a reply, twice ends.")
        {
            folder, adapter, temperature, topP, topK, minP, maxTokens, seed, system, noThink, smoke,
        };
        root.SetAction(parsed => run(new ChatSettings
        {
            Folder = parsed.GetValue(folder), Adapter = parsed.GetValue(adapter), Temperature = parsed.GetValue(temperature), TopP = parsed.GetValue(topP),
            TopK = parsed.GetValue(topK), MinP = parsed.GetValue(minP), MaxTokens = parsed.GetValue(maxTokens), Seed = parsed.GetValue(seed),
            System = parsed.GetValue(system), Think = !parsed.GetValue(noThink), Smoke = parsed.GetValue(smoke),
        }));
        return root;
    }

    private static Option<T> Value<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
