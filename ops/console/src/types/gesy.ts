// The national system: how it stands, and the claims that were brought to it.
export interface GesyStatus {
  mode: string;
  away_since: string | null;
  last_fault: string | null;
  answered_at: string | null;
  eligibility_age_seconds: number | null;
  claims: { waiting: number; perhaps_sent: number; parked: number; undecided: number; oldest_waiting_at: string | null };
}
export interface ClaimLine {
  line_number: number | null;
  procedure_code: string | null;
  procedure_description: string | null;
  quantity: number | null;
  total_price: number | null;
  approved?: boolean | null;
  approved_amount?: number | null;
  rejection_reason?: string | null;
}
export interface Claim {
  id: string;
  claim_id: string | null;
  status: string;
  referral_id: string | null;
  beneficiary_id: string | null;
  service_date: string | null;
  primary_diagnosis_code: string | null;
  line_items: ClaimLine[] | null;
  total_claimed: number | null;
  total_approved: number | null;
  total_paid: number | null;
  rejection_reason: string | null;
  encounter_id: number | null;
  delivery: { id: string; state: string; perhaps: boolean; attempts: number; last_code: string | null };
  created_at: string;
  changed_at: string;
  next_look_at: string | null;
}
export interface ClaimWhole extends Claim {
  history: { at: string; status: string; claim: Partial<Claim> }[];
}
