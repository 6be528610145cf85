namespace AgentTeams.Collaboration;

/// <summary>A graph that shows every key, for designers.</summary>
internal static class GraphExample
{
    public const string Yaml = """
        name: example
        description: Plans, computes and checks.
        roles:
          planner: { instructions: Name the operation., choices: [add, multiply] }
          coder: { instructions: Write the expression., temperature: 0.7, max_tokens: 32 }
          ann: { instructions: Judge the result. }
          bob: { instructions: Judge the result., remembers: true }
        nodes:
          plan: { role: planner, prompt: "{task} {check}", next: code }
          code: { role: coder, prompt: "{task} {plan}", next: value }
          value: { tool: calculate, arguments: { expression: "{code}" }, next: check }
          check:
            pattern: concurrent   # or sequential, debate, dynamic, generate-verify-refine, mixture-of-agents; judge: a role; rounds: a number
            members: [ann, bob]
            prompt: "Is {value} the answer to {task}? Say yes or no."
            next:
              - when: { text: check, is: "yes" }   # or is_not, contains
                to: end
              - when: { visits: check, at_least: 3 }
                to: end
              - to: plan
        # parallel: [a, b] runs two nodes side by side
        start: plan
        answer: "{value}"
        """;
}
