namespace AgentTeams.Models;

/// <summary>One draw: the first id, in ascending order, at which the cumulated probability exceeds a number.</summary>
/// <param name="Row">Which of the positions whose logits are wanted.</param>
/// <param name="Temperature">The softmax temperature; 0 takes the likeliest id.</param>
/// <param name="Uniform">The number, from 0 up to but not including 1.</param>
internal readonly record struct TokenDraw(int Row, float Temperature, double Uniform);

/// <summary>What was drawn.</summary>
/// <param name="Id">The id.</param>
/// <param name="LogProb">Its natural-log probability at the temperature; at temperature 1 if that is 0.</param>
internal readonly record struct DrawnToken(int Id, float LogProb);
